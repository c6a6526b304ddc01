import {
  type Actor,
  type ChangeEntryJson,
  type ChangePage,
  type changeListSchema,
  type changeWatchSchema,
} from "@roster/domain";
import type { z } from "zod";
import type { Store } from "../record/command.ts";
import { endOfLog } from "../record/end-of-log.ts";
import { makePage } from "../record/page-room.ts";
import type { Hub } from "./hub.ts";
import { wantedBy } from "./wanted.ts";
import type { Watcher } from "./watcher.ts";

/** Reads and watches a tenant's change log. */
export class Changes {
  readonly #store: Store;
  readonly #hub: Hub;

  constructor(store: Store, hub: Hub) {
    this.#store = store;
    this.#hub = hub;
  }

  /**
   * @param request a `cursor` overrides `after`
   * @throws RosterError FORBIDDEN, or INVALID if the requested position is past the end of the log
   */
  async list(
    actor: Actor,
    { after, cursor, limit, ...filter }: z.infer<typeof changeListSchema> & { cursor?: number | undefined },
  ): Promise<ChangePage<ChangeEntryJson>> {
    const { show, ...wanted } = wantedBy(actor, filter);
    const from = cursor ?? after;
    const { database } = this.#store;
    const { number } = actor.tenant;
    const last = await endOfLog(database, number, from, cursor === undefined ? "/after" : "/cursor");
    return makePage(async (room) => {
      const query = { ...wanted, after: from, upTo: last, limit, enough: Math.max(0, room.left) };
      const { items, seq } = await database.tenant(number).changes(query);
      room.left -= JSON.stringify(items).length;
      return { items: items.map(show), next: seq, more: seq < last };
    });
  }

  /**
   * Starts a watch.
   *
   * @param authenticate identifies the caller; called again at intervals
   * @returns a watcher, which the reader must end
   * @throws RosterError as `list` does; also UNAUTHENTICATED, and UNAVAILABLE while the server stops
   */
  async watch(
    authenticate: () => Promise<Actor>,
    { after, lastEventId, ...filter }: z.infer<typeof changeWatchSchema>,
  ): Promise<Watcher> {
    const actor = await authenticate();
    const wanted = wantedBy(actor, filter);
    const [from, at] = lastEventId === undefined ? [after, "/after"] : [Number(lastEventId), "/lastEventId"];
    const last = await endOfLog(this.#store.database, actor.tenant.number, from ?? 0, at);
    return this.#hub.watch(actor.tenant.number, {
      wanted,
      after: from ?? last,
      allowed: async () => void wantedBy(await authenticate(), filter),
    });
  }
}
