import { Gauge, type Registry } from "prom-client";
import type { Database } from "../../store/database.ts";
import { gauge } from "./gauge.ts";

/** The metrics of the connection pool. Only PostgreSQL has one. */
export function databaseMetrics(registry: Registry, { connections }: Pick<Database, "connections">): void {
  if (!connections) return;
  const open = new Gauge({
    name: "roster_database_read_connections",
    help: "PostgreSQL connections for reads, busy and idle.",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      const { busy, idle } = connections();
      open.set({ state: "busy" }, busy);
      open.set({ state: "idle" }, idle);
    },
  });
  gauge(
    registry,
    "roster_database_reads_waiting",
    "Reads waiting for a PostgreSQL connection.",
    () => connections().waiting,
  );
}
