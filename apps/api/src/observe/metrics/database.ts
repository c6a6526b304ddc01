import { Gauge, type Registry } from "prom-client";
import type { Database } from "../../store/database.ts";

/** The metrics of the connection pool. Only PostgreSQL has one. */
export function databaseMetrics(registry: Registry, { connections }: Pick<Database, "connections">): void {
  if (!connections) return;
  const registers = [registry];
  const open = new Gauge({
    name: "roster_database_read_connections",
    help: "PostgreSQL connections for reads, busy and idle.",
    labelNames: ["state"],
    registers,
    collect() {
      const { busy, idle } = connections();
      open.set({ state: "busy" }, busy);
      open.set({ state: "idle" }, idle);
    },
  });
  const waiting = new Gauge({
    name: "roster_database_reads_waiting",
    help: "Reads waiting for a PostgreSQL connection.",
    registers,
    collect() {
      waiting.set(connections().waiting);
    },
  });
}
