import {
  accessGroupWire,
  authorize,
  channelWire,
  groupTagWire,
  hierarchyLevelWire,
  pageWire,
  plain,
  type Country,
  type NamedCreate,
  type Page,
} from "@roster/domain";
import { allCountries } from "@roster/domain/formats";
import { rawInput, wholeListInput } from "./inputs.ts";
import { namedProcedures } from "./record-procedures.ts";
import { mutation, query, router } from "./trpc.ts";

const groupTags = namedProcedures("groupTag", groupTagWire);
export const groupTagRouter = router({ create: groupTags.create<NamedCreate>(), list: groupTags.list() });

const accessGroups = namedProcedures("accessGroup", accessGroupWire);
export const accessGroupRouter = router({
  create: accessGroups.create<NamedCreate>(),
  list: accessGroups.list(),
});

const channels = namedProcedures("channel", channelWire);
export const channelRouter = router({ create: channels.create<NamedCreate>(), list: channels.list() });

export const hierarchyLevelRouter = router({
  /** Replaces the tenant's levels: names, the highest first. */
  replaceAll: mutation(
    rawInput<{ levels: readonly string[] }>(),
    pageWire(hierarchyLevelWire),
    (roster, actor, input) => roster.replaceLevels(actor, input),
  ),
  /** All levels, the highest first. */
  list: query(wholeListInput, pageWire(hierarchyLevelWire), async (roster, actor) => {
    const { items } = await roster.hierarchyLevel.list(actor, { limit: 200, order: "asc" });
    return { items: items.toSorted((a, b) => a.position - b.position), nextCursor: null };
  }),
});

export const countryRouter = router({
  /** The countries of ISO 3166-1. */
  list: query(wholeListInput, plain<Page<Country>>(), (_roster, actor) => {
    authorize(actor, "customers:read");
    return { items: allCountries(), nextCursor: null };
  }),
});
