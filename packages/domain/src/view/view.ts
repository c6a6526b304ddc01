import type { JsonObject } from "../record/json.ts";

/** Views: lists that people save, with filters, columns and order, for themselves or for everybody. */

export const viewLists = ["customers", "users"] as const;

export interface SavedView {
  id: string;
  /** The list that it shows. */
  list: (typeof viewLists)[number];
  name: string;
  /** Whether everybody in the tenant who may read the list sees it. */
  shared: boolean;
  /** The state of the page that shows it; Roster does not look into it. */
  state: JsonObject;
  /** The actor that made it, such as `person:<id>`. */
  owner: string;
}

export interface SavedViewCreate extends Pick<SavedView, "list" | "name" | "state"> {
  /** Default: false. A view to share takes the scope to write the list's records. */
  shared?: boolean | undefined;
}

export interface SavedViewUpdate {
  where: { id: string };
  patch: { name?: string | undefined; shared?: boolean | undefined; state?: JsonObject | undefined };
}
