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
import { createInput, pageInput, rawInput, wholeListInput } from "./inputs.ts";
import { answering, procedure, router } from "./trpc.ts";

export const groupTagRouter = router({
  create: procedure
    .input(createInput<NamedCreate>(groupTagFields))
    .mutation(answering(groupTagWire, ({ ctx, input }) => ctx.roster.groupTag.create(ctx.actor, input))),
  list: procedure
    .input(pageInput)
    .query(answering(pageWire(groupTagWire), ({ ctx, input }) => ctx.roster.groupTag.list(ctx.actor, input))),
});

export const accessGroupRouter = router({
  create: procedure
    .input(createInput<NamedCreate>(accessGroupFields))
    .mutation(
      answering(accessGroupWire, ({ ctx, input }) => ctx.roster.accessGroup.create(ctx.actor, input)),
    ),
  list: procedure
    .input(pageInput)
    .query(
      answering(pageWire(accessGroupWire), ({ ctx, input }) => ctx.roster.accessGroup.list(ctx.actor, input)),
    ),
});

export const channelRouter = router({
  create: procedure
    .input(createInput<NamedCreate>(channelFields))
    .mutation(answering(channelWire, ({ ctx, input }) => ctx.roster.channel.create(ctx.actor, input))),
  list: procedure
    .input(pageInput)
    .query(answering(pageWire(channelWire), ({ ctx, input }) => ctx.roster.channel.list(ctx.actor, input))),
});

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
