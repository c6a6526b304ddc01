/** The samplers under OpenTelemetry's standard names. */
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
  /** The share of traces that a ratio sampler keeps, 0 to 1. */
  ratio: number;
}
