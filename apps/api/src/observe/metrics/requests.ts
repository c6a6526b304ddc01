import type { ErrorCode } from "@roster/domain";
import { Counter, Histogram, type Registry } from "prom-client";
import type { RequestKind } from "../current-request.ts";

/** Histogram buckets in seconds, from half a millisecond. */
export const durations = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts HTTP requests by route, and procedure calls, of which one tRPC request may hold many. */
export function requestMetrics(registry: Registry) {
  const kind = ["surface", "method", "route"] as const;
  const registers = [registry];
  const requests = new Counter({
    name: "roster_http_requests_total",
    help: "Answered HTTP requests.",
    labelNames: [...kind, "status"],
    registers,
  });
  const requestDuration = new Histogram({
    name: "roster_http_request_duration_seconds",
    help: "Time from the headers of an HTTP request to those of its answer.",
    labelNames: kind,
    buckets: durations,
    registers,
  });
  const calls = new Counter({
    name: "roster_procedure_calls_total",
    help: "tRPC procedure calls by code: OK or the code of the refusal.",
    labelNames: ["procedure", "code"],
    registers,
  });
  const callDuration = new Histogram({
    name: "roster_procedure_duration_seconds",
    help: "Duration of tRPC procedure calls.",
    labelNames: ["procedure"],
    buckets: durations,
    registers,
  });
  return {
    requested({ surface, method, route }: RequestKind, status: number, milliseconds: number): void {
      requests.inc({ surface, method, route, status });
      requestDuration.observe({ surface, method, route }, milliseconds / 1000);
    },
    called(procedure: string, refusal: ErrorCode | undefined, milliseconds: number): void {
      calls.inc({ procedure, code: refusal ?? "OK" });
      callDuration.observe({ procedure }, milliseconds / 1000);
    },
  };
}
