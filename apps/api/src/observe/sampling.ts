/** Which traces are kept, in the words of OpenTelemetry. */
export const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export interface Sampling {
  sampler: (typeof samplers)[number];
  /** For the samplers that keep a part: how large a part, from 0 to 1. */
  ratio: number;
}
