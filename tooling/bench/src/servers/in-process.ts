import { createApi } from "@roster/api";
import { contextOf } from "@roster/api/testing/context";
import { createLocalClient } from "@roster/client";
import { customerFields, parseUpdate } from "@roster/domain";
import { customerId, scatter } from "../customers.ts";
import { report, Stopwatch, type Job } from "../load/job.ts";
import { update } from "../load/requests.ts";

/**
 * Updates without HTTP, in the process that makes them. It is its own load generator: jobs come from the
 * parent process, and name their entry point.
 *
 * Arguments: a database, and its admin token.
 */

const [file, token] = process.argv.slice(2) as [string, string];
const api = await createApi({ databaseUrl: `sqlite:${file}` });
const client = createLocalClient(api, { token });
const { roster, actor } = contextOf(api, token);

/** Each entry point returns the new value of the field that identifies an update. */
const ways: Record<string, (id: string, n: number) => Promise<string | null>> = {
  client: async (id, n) => (await client.customer.update.mutate(update(id, n))).customer.addressState,
  service: async (id, n) => {
    const parsed = parseUpdate(customerFields, update(id, n));
    return (await roster.customer.update(await actor(), parsed)).record.addressState;
  },
};

process.on("message", (job: Job) => void work(job));
process.once("disconnect", () => process.exit());
// Node writes a CPU profile only at an orderly exit.
process.once("SIGTERM", () => process.exit());
process.send?.({ port: 0 });

async function work(job: Job): Promise<void> {
  const way = ways[job.request];
  if (!way) throw new Error(`there is no entry point ${job.request}`);
  const index = scatter(job.customers.first, job.customers.count);
  const watch = new Stopwatch();
  let next = job.from;
  const loops = Array.from({ length: job.connections }, async () => {
    while (!watch.over) {
      const n = next++;
      const sent = performance.now();
      const wrong = await way(customerId(index(n)), n).then(
        (value) => (value === `State ${n}` ? undefined : `the update ${n} answered ${value}`),
        (error: unknown) => String(error),
      );
      watch.answered(performance.now() - sent, wrong);
    }
  });
  await watch.run(job);
  await Promise.all(loops);
  report({ job: "done", outcome: watch.outcome() });
}
