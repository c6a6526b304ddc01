import { Gauge, type Registry } from "prom-client";
import type { Database } from "../../store/database.ts";

/** The connections to a database that has a pool of them, which PostgreSQL has. */
export function databaseMetrics(registry: Registry, { connections }: Pick<Database, "connections">): void {
  if (!connections) return;
  const registers = [registry];
  const open = new Gauge({
    name: "roster_database_read_connections",
    help: "Connections for reads to PostgreSQL, busy and idle.",
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
    help: "Reads that wait for a connection to PostgreSQL.",
    registers,
    collect() {
      waiting.set(connections().waiting);
    },
  });
}
