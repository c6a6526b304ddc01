import type { Sampling } from "./sampling.ts";

/**
 * Configures observability. A part that is not configured is off. The published declarations name this type,
 * and none of the packages that `observe.ts` imports types from.
 */
export interface ObserveConfig {
  /** The token for `/metrics`. */
  metricsToken?: string | undefined;
  /** Trace sampling. The exporter is configured by the standard OpenTelemetry variables. */
  traces?: Sampling | undefined;
}
