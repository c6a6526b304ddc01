import {
  authorize,
  createToken,
  parseCreate,
  RosterError,
  tenantFields,
  tokenFields,
  type Actor,
  type Page,
  type ParsedCreate,
  type ParsedList,
  type TenantJson,
  type WithSecret,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { seal, sealKeyOf, unsealed } from "../auth/seal.ts";
import { hashToken, internalActor, newToken } from "../auth/authenticator.ts";
import { cursors, positions } from "../record/cursor.ts";
import { plainNoun } from "../record/noun.ts";
import { accepted, run, type Store } from "../record/command.ts";

/** The number of the first tenant, whose admins administer the whole installation. */
const operator = 1;

export const tenantNoun = plainNoun<"tenant", TenantJson>(
  "tenant",
  { read: "admin", write: "admin" },
  (tenant) => tenant,
  ({ view }) => ({ number: view.lastTenant() + 1 }),
);

/** @throws RosterError FORBIDDEN unless the actor administers the installation */
function authorizeOperator(actor: Actor): void {
  authorize(actor, "admin");
  if (actor.tenant.number !== operator)
    throw new RosterError("FORBIDDEN", "only the first tenant administers tenants");
}

/** Creates a tenant with an admin token, which is shown only here. */
export function createTenant(store: Store, actor: Actor, input: unknown): Promise<TenantJson & WithSecret> {
  authorizeOperator(actor);
  return make(store, actor, parseCreate(tenantFields, input), newToken());
}

/**
 * Creates the first tenant of an empty database.
 * @param secret its admin token
 * @throws RosterError CONFLICT if another node created it at the same time
 */
export function createFirstTenant(
  store: Store,
  name: string,
  secret: string,
): Promise<TenantJson & WithSecret> {
  const system = internalActor("system", { id: "", number: operator, name }, "system", sealKeyOf(secret));
  return make(store, system, parseCreate(tenantFields, { name }), secret, true);
}

async function make(
  store: Store,
  actor: Actor,
  parsed: ParsedCreate,
  secret: string,
  onlyIfFirst = false,
): Promise<TenantJson & WithSecret> {
  const [tenantId, tokenId] = [uuid(), uuid()];
  const admin = parseCreate(tokenFields, { name: "admin", scopes: ["admin"] });
  const sealed = seal(secret, actor.sealKey);
  const reply = await run(store, { type: "tenant", actor, wants: [] }, (context) => {
    if (onlyIfFirst && context.view.lastTenant() > 0) {
      throw new RosterError("CONFLICT", "there is a first tenant already");
    }
    const tenant = accepted(tenantNoun.create(tenantId, parsed, context));
    const token = accepted(createToken({ id: tokenId, hash: hashToken(secret) }, admin, context));
    const { number } = tenant.next;
    const made = { before: undefined, action: "create", tenant: number } as const;
    return {
      writes: [
        { ...made, type: "tenant", record: tenant.next, changes: tenant.changes },
        { ...made, type: "token", record: token.next, changes: token.changes },
      ],
      reply: { ...tenant.next, sealed },
      about: [],
    };
  });
  return unsealed(reply, actor, "token");
}

/** All tenants, by number. */
export async function listTenants(
  store: Store,
  actor: Actor,
  { limit, cursor }: ParsedList,
): Promise<Page<TenantJson>> {
  authorizeOperator(actor);
  const { read, page } = cursors("tenants", positions.count);
  const found = await store.database.tenants(read(cursor) ?? 0, limit + 1);
  return page(found, limit, ({ number }) => number);
}
