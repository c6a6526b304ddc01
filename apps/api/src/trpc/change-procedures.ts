import {
  changeListSchema,
  changePageWire,
  changeWatchSchema,
  RosterError,
  type ChangeEntry,
  type ChangeEntryJson,
  type ChangeListInput,
  type ChangeWatchInput,
  type FeedEvent,
} from "@roster/domain";
import { tracked, type TrackedEnvelope } from "@trpc/server";
import { z } from "zod";
import { toTrpcError } from "./errors.ts";
import { forward, schemaInput } from "./inputs.ts";
import { procedure, query, router } from "./trpc.ts";
import type { Watcher } from "../change/watcher.ts";

/** With the fields that tRPC's infinite queries add. */
const pagedListSchema = changeListSchema.extend({ cursor: z.int().min(0).optional(), ...forward });

/** The change log, as pages or as a live feed. */
export const changeRouter = router({
  list: query(
    schemaInput<ChangeListInput | void, z.infer<typeof pagedListSchema>>(pagedListSchema),
    changePageWire,
    (roster, actor, input) => roster.change.list(actor, input),
  ),
  watch: procedure
    .input(schemaInput<ChangeWatchInput | void, z.infer<typeof changeWatchSchema>>(changeWatchSchema))
    .subscription(async ({ ctx, input, signal }) => {
      // Not in the generator, so that a refusal comes before anything is sent.
      const watcher = await ctx.roster.change.watch(ctx.authenticate, input);
      return asDecoded(eventsOf(watcher, signal));
    }),
});

type Events<Entry> = AsyncIterable<TrackedEnvelope<FeedEvent<Entry>>, void>;

/** Typed clients receive the decoded form. */
const asDecoded = (events: Events<ChangeEntryJson>) => events as unknown as Events<ChangeEntry>;

async function* eventsOf(watcher: Watcher, signal: AbortSignal | undefined): Events<ChangeEntryJson> {
  const end = () => watcher.end();
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    let at: number | undefined;
    for (let batch = await watcher.next(); batch; batch = await watcher.next()) {
      for (const { seq, change } of batch.entries) yield tracked(String(seq), { seq, change });
      const { seq } = batch;
      // Reports the position although the filter matched nothing, so that a reader that resumes need not scan
      // again.
      if (batch.entries.length === 0 && seq !== at) yield tracked(String(seq), { seq, change: null });
      at = seq;
    }
  } catch (error) {
    throw error instanceof RosterError ? toTrpcError(error) : error;
  } finally {
    signal?.removeEventListener("abort", end);
    end();
  }
}
