import {
  pageWire,
  parseUpdate,
  plain,
  propertiesSchemaWire,
  tenantFields,
  tenantUpdateWire,
  tenantWire,
  tenantWithSecretWire,
  tokenFields,
  tokenWire,
  tokenWithSecretWire,
  type Me,
  type PropertiesSchemaInput,
  type Scope,
  type TenantCreate,
  type TenantUpdate,
  type TokenCreate,
  type Where,
} from "@roster/domain";
import { nothing, pageInput, rawInput, schemaInput, whereMutation } from "./inputs.ts";
import { answering, procedure, router } from "./trpc.ts";

export const tenantRouter = router({
  /** The caller's own tenant. */
  get: procedure
    .input(schemaInput<void, object>(nothing))
    .query(answering(tenantWire, ({ ctx }) => ctx.roster.tenant.get(ctx.actor, own(ctx.actor.tenant.id)))),
  /** Updates the caller's own tenant. */
  update: procedure.input(rawInput<TenantUpdate>()).mutation(
    answering(tenantUpdateWire, async ({ ctx, input }) => {
      const where = { id: ctx.actor.tenant.id };
      const parsed = parseUpdate(tenantFields, typeof input === "object" ? { where, ...input } : input);
      const { record, ...result } = await ctx.roster.tenant.update(ctx.actor, parsed);
      return { tenant: record, ...result };
    }),
  ),
  /** Sets the JSON Schema that customers' properties have to keep, and lists the customers that do not. */
  setPropertiesSchema: procedure
    .input(rawInput<PropertiesSchemaInput>())
    .mutation(
      answering(propertiesSchemaWire, ({ ctx, input }) => ctx.roster.setPropertiesSchema(ctx.actor, input)),
    ),
  /** Makes a tenant, with an admin token that is shown only here. For admins of the first tenant. */
  create: procedure
    .input(rawInput<TenantCreate>())
    .mutation(answering(tenantWithSecretWire, ({ ctx, input }) => ctx.roster.createTenant(ctx.actor, input))),
  /** All tenants. For admins of the first tenant. */
  list: procedure
    .input(pageInput)
    .query(answering(pageWire(tenantWire), ({ ctx, input }) => ctx.roster.listTenants(ctx.actor, input))),
});

const own = (id: string): Where[] => [{ field: "id", value: id }];

export const tokenRouter = router({
  /** Makes a token. Its secret, `token`, is shown only here. */
  create: procedure
    .input(rawInput<TokenCreate>())
    .mutation(answering(tokenWithSecretWire, ({ ctx, input }) => ctx.roster.createToken(ctx.actor, input))),
  list: procedure
    .input(pageInput)
    .query(answering(pageWire(tokenWire), ({ ctx, input }) => ctx.roster.token.list(ctx.actor, input))),
  /** Revokes a token, at once. */
  revoke: procedure
    .input(whereMutation<{ where: { id: string } }, object>(tokenFields, nothing))
    .mutation(answering(tokenWire, ({ ctx, input }) => ctx.roster.revokeToken(ctx.actor, input.where))),
});

export const meRouter = router({
  /** The actor of the token. */
  get: procedure.input(schemaInput<void, object>(nothing)).query(
    answering(plain<Me>(), ({ ctx: { actor } }) => ({
      actor: actor.id,
      scopes: actor.scopes as Scope[],
      tenant: actor.tenant,
    })),
  ),
});
