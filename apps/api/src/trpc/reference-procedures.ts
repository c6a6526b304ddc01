import {
  accessGroupFields,
  accessGroupWire,
  authorize,
  channelFields,
  channelWire,
  groupTagFields,
  groupTagWire,
  hierarchyLevelWire,
  pageWire,
  plain,
  type Country,
  type HierarchyLevelJson,
  type NamedCreate,
  type Page,
} from "@roster/domain";
import { allCountries } from "@roster/domain/formats";
import { rawInput, wholeListInput } from "./inputs.ts";
import { namedProcedures } from "./record-procedures.ts";
import { answering, procedure, router } from "./trpc.ts";

const groupTags = namedProcedures({
  fields: groupTagFields,
  wire: groupTagWire,
  records: ({ groupTag }) => groupTag,
});
export const groupTagRouter = router({ create: groupTags.create<NamedCreate>(), list: groupTags.list() });

const accessGroups = namedProcedures({
  fields: accessGroupFields,
  wire: accessGroupWire,
  records: ({ accessGroup }) => accessGroup,
});
export const accessGroupRouter = router({
  create: accessGroups.create<NamedCreate>(),
  list: accessGroups.list(),
});

const channels = namedProcedures({
  fields: channelFields,
  wire: channelWire,
  records: ({ channel }) => channel,
});
export const channelRouter = router({ create: channels.create<NamedCreate>(), list: channels.list() });

const wholePage = (levels: HierarchyLevelJson[]): Page<HierarchyLevelJson> => ({
  items: levels.toSorted((a, b) => a.position - b.position),
  nextCursor: null,
});

export const hierarchyLevelRouter = router({
  /** Replaces the tenant's levels: names, the highest first. */
  replaceAll: procedure
    .input(rawInput<{ levels: readonly string[] }>())
    .mutation(
      answering(pageWire(hierarchyLevelWire), ({ ctx, input }) => ctx.roster.replaceLevels(ctx.actor, input)),
    ),
  /** All levels, the highest first. */
  list: procedure
    .input(wholeListInput)
    .query(
      answering(pageWire(hierarchyLevelWire), async ({ ctx }) =>
        wholePage((await ctx.roster.hierarchyLevel.list(ctx.actor, { limit: 200, order: "asc" })).items),
      ),
    ),
});

export const countryRouter = router({
  /** The countries of ISO 3166-1. */
  list: procedure.input(wholeListInput).query(
    answering(plain<Page<Country>>(), ({ ctx }) => {
      authorize(ctx.actor, "customers:read");
      return { items: allCountries(), nextCursor: null };
    }),
  ),
});
