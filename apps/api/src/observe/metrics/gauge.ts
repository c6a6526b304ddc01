import { Gauge, type Registry } from "prom-client";

/** Registers a gauge whose value is read at each scrape. */
export function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  const made: Gauge = new Gauge({ name, help, registers: [registry], collect: () => made.set(read()) });
}
