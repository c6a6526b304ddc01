import type { ShownActor } from "../actor.ts";
import type { Count } from "../record/list-input.ts";
import { instantsWire, type Wire } from "../wire.ts";

/** Figures of a tenant, for people who look after its records. */

export interface OverviewInput {
  /** The number of days, today included; 1 to 90, default 30. */
  days?: number | undefined;
}

export interface OverviewJson {
  /** The numbers of live records, of the types that the caller may read. */
  records: { customers?: Count; users?: Count; userGroups?: Count };
  /** The changes of records that the caller may read. */
  changes: {
    /** They count from here on, ISO 8601: the first of the days, or later if there are very many. */
    since: string;
    total: number;
    /** By day in UTC, oldest first; days without changes are left out. */
    days: { day: string; count: number }[];
    /** By actor, most first, at most 20. */
    actors: (ShownActor & { count: number })[];
    /** By surface, most first. */
    sources: { source: string; count: number }[];
  };
  /** How webhooks get on; null unless the caller is an administrator. */
  webhooks: {
    enabled: number;
    /** Those disabled because their receivers had gone. */
    disabled: number;
    /** Those with an event that was refused and is to be sent again. */
    failing: number;
    /** Events that wait to be delivered. */
    waiting: number;
    /** When the change that has waited longest was made. */
    oldestWaitingAt: string | null;
  } | null;
}

export interface Overview extends Omit<OverviewJson, "changes"> {
  changes: Omit<OverviewJson["changes"], "since"> & { since: Date };
}

const changes: Wire<OverviewJson["changes"], Overview["changes"]> = instantsWire(["since"]);
export const overviewWire: Wire<OverviewJson, Overview> = {
  decode: (overview) => ({ ...overview, changes: changes.decode(overview.changes) }),
};
