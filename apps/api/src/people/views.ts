import {
  authorize,
  may,
  RosterError,
  viewLists,
  type Actor,
  type Scope,
  type SavedViewCreate,
  type SavedView,
  type SavedViewUpdate,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { ofCaller } from "../record/idempotency.ts";
import { run, type Store } from "../record/command.ts";
import type { Keeping, KeptRow } from "../store/keeping.ts";

/** The most views that one actor may have. */
const maxViews = 200;

type List = SavedView["list"];
const scopeOf = (list: List): Scope => `${list}:read`;

/** A shared view changes the lists of others, so sharing needs more than the scope to read. */
const authorizeSharing = (actor: Actor, { list, shared }: Pick<SavedView, "list" | "shared">): void => {
  if (shared) authorize(actor, `${list}:write`);
};

/** Saved views: own ones, and those that others share. They are no records and stand in no history. */
export class Views {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The actor's own views and the shared ones, of the lists that it may read, by name. */
  async list(actor: Actor): Promise<SavedView[]> {
    if (!viewLists.some((list) => may(actor, scopeOf(list)))) authorize(actor, scopeOf(viewLists[0]));
    const all = await this.#store.database.tenant(actor.tenant.number).kept("savedViews");
    return all
      .filter((view) => isKnown(actor, view) && may(actor, scopeOf(view.list)))
      .toSorted((a, b) => (a.name < b.name || (a.name === b.name && a.id < b.id) ? -1 : 1));
  }

  /** Saves a view; one to share takes the scope to write the list's records. */
  async create(actor: Actor, { list, name, state, shared = false }: SavedViewCreate): Promise<SavedView> {
    authorize(actor, scopeOf(list));
    authorizeSharing(actor, { list, shared });
    const all = await this.#store.database.tenant(actor.tenant.number).kept("savedViews");
    if (all.filter(({ owner }) => owner === actor.id).length >= maxViews)
      throw new RosterError("CONFLICT", `there are ${maxViews} views of yours already`);
    const id = uuid();
    return run(this.#store, { type: "customer", actor: ofCaller(actor), wants: [] }, () => {
      const view = { id, list, name, shared, state, owner: actor.id };
      return { writes: [], reply: view, about: [], kept: [put(actor, view)] };
    });
  }

  /**
   * Changes a view: its owner, or an administrator a shared one. It takes the scope to write the list's records
   * if the view is shared afterwards.
   */
  update(actor: Actor, { where, patch }: SavedViewUpdate): Promise<SavedView> {
    return this.#change(actor, where.id, (view) => {
      const { name = view.name, shared = view.shared, state = view.state } = patch;
      const next = { ...view, name, shared, state };
      authorizeSharing(actor, next);
      return [next, put(actor, next)];
    });
  }

  /** Removes a view: its owner, or an administrator a shared one. */
  delete(actor: Actor, id: string): Promise<SavedView> {
    const { number: tenant } = actor.tenant;
    return this.#change(actor, id, (view) => [view, { tenant, table: "savedViews", remove: [id] }]);
  }

  async #change(
    actor: Actor,
    id: string,
    change: (view: SavedView) => [SavedView, Keeping],
  ): Promise<SavedView> {
    if (!viewLists.some((list) => may(actor, scopeOf(list)))) authorize(actor, scopeOf(viewLists[0]));
    const wants = [{ kind: "kept", table: "savedViews", key: [id] }] as const;
    const request = { type: "customer", actor: ofCaller(actor), wants } as const;
    const changed = await run(this.#store, request, ({ view: state }) => {
      const view = state.kept("savedViews", id);
      if (!view || !isKnown(actor, view)) throw new RosterError("NOT_FOUND", "there is no such view");
      authorize(actor, scopeOf(view.list));
      if (view.owner !== actor.id && !may(actor, "admin"))
        throw new RosterError("FORBIDDEN", "only its owner or an administrator changes a shared view");
      const [reply, keeping] = change(view);
      return { writes: [], reply, about: [], kept: [keeping] };
    });
    // The answer may be a replay of a request that the same person made with other scopes.
    authorize(actor, scopeOf(changed.list));
    return changed;
  }
}

const put = ({ tenant }: Actor, view: KeptRow<"savedViews">): Keeping => ({
  tenant: tenant.number,
  table: "savedViews",
  put: view,
});

const isKnown = (actor: Actor, { owner, shared }: SavedView): boolean => shared || owner === actor.id;
