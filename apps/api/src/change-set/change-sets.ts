import {
  openChangeSet,
  openedBy,
  type Actor,
  type ChangeSetJson,
  type ChangeSetKind,
  type ChangeSetOpen,
  type Page,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { run, type Store } from "../record/command.ts";
import { cursors, positions } from "../record/cursor.ts";
import {
  authorizeAny,
  authorizeFor,
  authorizeReading,
  isVisible,
  missing,
  shown,
} from "../record/change-set-access.ts";
import { undo, type UndoRequest } from "./undo.ts";

/** Opens, closes, shows and undoes change sets. */
export class ChangeSets {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Opens a set, to which bulk requests can then add their changes. */
  async open(actor: Actor, { name, kind = "bulk", reason }: ChangeSetOpen): Promise<ChangeSetJson> {
    authorizeAny(actor, "write");
    const id = uuid();
    return run(this.#store, { type: "customer", actor, wants: [] }, ({ now }) => {
      const set = openChangeSet({
        id,
        kind,
        name: name ?? null,
        ...openedBy(actor),
        reason: reason ?? null,
        openedAt: now,
      });
      return { writes: [], reply: shown(set), about: [], changeSets: [set] };
    });
  }

  /** Closes a set: it takes no more changes. A closed one stays as it is. */
  async close(actor: Actor, id: string): Promise<ChangeSetJson> {
    authorizeAny(actor, "write");
    const wants = [{ kind: "changeSet", id }] as const;
    const set = await run(this.#store, { type: "customer", actor, wants }, ({ view, now }) => {
      const set = view.changeSet(id);
      if (!set) throw missing();
      authorizeFor(actor, set, "write");
      if (set.closedAt !== null) return { writes: [], reply: shown(set), about: [] };
      const closed = { ...set, closedAt: now };
      return { writes: [], reply: shown(closed), about: [], changeSets: [closed] };
    });
    // The answer may be a replay of a request that another token made with the same key.
    authorizeFor(actor, set, "write");
    return set;
  }

  async get(actor: Actor, id: string): Promise<ChangeSetJson> {
    authorizeAny(actor, "read");
    const set = await this.#store.database.tenant(actor.tenant.number).changeSet(id);
    if (!set) throw missing();
    authorizeReading(actor, set);
    return shown(set);
  }

  /** Lists the sets, newest first, without those that changed only records that the actor may not read. */
  async list(
    actor: Actor,
    { kind, limit, cursor }: { kind?: ChangeSetKind | undefined; limit: number; cursor?: string | undefined },
  ): Promise<Page<ChangeSetJson>> {
    authorizeAny(actor, "read");
    const { read, page } = cursors([actor.tenant.number, "changeSets", kind], positions.id);
    const reader = this.#store.database.tenant(actor.tenant.number);
    const found = await reader.changeSets({ kind, before: read(cursor), limit: limit + 1 });
    const { items, nextCursor } = page(found, limit, ({ id }) => id);
    return { items: items.filter((set) => isVisible(actor, set)).map(shown), nextCursor };
  }

  /** Makes the next step of the undo of a set. */
  async undo(actor: Actor, request: UndoRequest): ReturnType<typeof undo> {
    return undo(this.#store, actor, request);
  }
}
