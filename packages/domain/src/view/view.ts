import type { JsonObject } from "../record/json.ts";
import { instantsWire, type Wire } from "../wire.ts";

/** Views: lists that people save, with filters, columns and order, for themselves or for everybody. */

export const viewLists = ["customers", "users"] as const;

/** A saved view as plain JSON, the form on the wire. */
export interface SavedViewJson {
  id: string;
  /** The list that it shows. */
  list: (typeof viewLists)[number];
  name: string;
  /** Whether everybody in the tenant who may read the list sees it. */
  shared: boolean;
  /** What the page that shows it keeps; Roster does not look into it. */
  state: JsonObject;
  /** The actor that made it, such as `person:<id>`. */
  owner: string;
  updatedAt: string;
}

/** A saved view as typed clients read it. */
export interface SavedView extends Omit<SavedViewJson, "updatedAt"> {
  updatedAt: Date;
}

export interface SavedViewCreate extends Pick<SavedViewJson, "list" | "name" | "state"> {
  /** Default: false. */
  shared?: boolean | undefined;
}

export interface SavedViewUpdate {
  where: { id: string };
  patch: { name?: string | undefined; shared?: boolean | undefined; state?: JsonObject | undefined };
}

export const savedViewWire: Wire<SavedViewJson, SavedView> = instantsWire(["updatedAt"]);
export const savedViewsWire: Wire<SavedViewJson[], SavedView[]> = {
  decode: (all) => all.map((view) => savedViewWire.decode(view)),
};
