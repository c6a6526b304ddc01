import {
  isJsonObject,
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
} from "@roster/domain";
import { nothing, pageInput, rawInput, schemaInput, whereMutation } from "./inputs.ts";
import { mutation, query, router } from "./trpc.ts";

export const tenantRouter = router({
  /** The caller's own tenant. */
  get: query(schemaInput<void, object>(nothing), tenantWire, (roster, actor) =>
    roster.tenant.get(actor, [{ field: "id", value: actor.tenant.id }]),
  ),
  /** Updates the caller's own tenant. */
  update: mutation(rawInput<TenantUpdate>(), tenantUpdateWire, async (roster, actor, input) => {
    const where = { id: actor.tenant.id };
    const parsed = parseUpdate(tenantFields, isJsonObject(input) ? { where, ...input } : input);
    const { record, ...result } = await roster.tenant.update(actor, parsed);
    return { tenant: record, ...result };
  }),
  /** Sets the JSON Schema that customers' properties must match, and lists the customers that do not match it. */
  setPropertiesSchema: mutation(
    rawInput<PropertiesSchemaInput>(),
    propertiesSchemaWire,
    (roster, actor, input) => roster.setPropertiesSchema(actor, input),
  ),
  /** Creates a tenant with an admin token, which is shown only here. For admins of the first tenant. */
  create: mutation(rawInput<TenantCreate>(), tenantWithSecretWire, (roster, actor, input) =>
    roster.createTenant(actor, input),
  ),
  /** All tenants. For admins of the first tenant. */
  list: query(pageInput, pageWire(tenantWire), (roster, actor, input) => roster.listTenants(actor, input)),
});

export const tokenRouter = router({
  /** Creates a token. Its secret, `token`, is shown only here. */
  create: mutation(rawInput<TokenCreate>(), tokenWithSecretWire, (roster, actor, input) =>
    roster.createToken(actor, input),
  ),
  list: query(pageInput, pageWire(tokenWire), (roster, actor, input) => roster.listTokens(actor, input)),
  /** Revokes a token at once. */
  revoke: mutation(
    whereMutation<{ where: { id: string } }, object>(tokenFields, nothing),
    tokenWire,
    (roster, actor, { where }) => roster.revokeToken(actor, where),
  ),
});

export const meRouter = router({
  /** The actor of the token. */
  get: query(schemaInput<void, object>(nothing), plain<Me>(), (_roster, { id, name, scopes, tenant }) => ({
    actor: id,
    name,
    scopes: scopes as Scope[],
    tenant,
  })),
});
