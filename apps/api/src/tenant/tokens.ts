import {
  authorize,
  createToken,
  notFound,
  parseCreate,
  RosterError,
  tokenFields,
  type Actor,
  type Page,
  type ParsedList,
  type StoredToken,
  type TokenJson,
  type WithSecret,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { seal, unsealed } from "../auth/seal.ts";
import { hashToken, newToken } from "../auth/authenticator.ts";
import { accepted, run, type Alternatives, type Store } from "../record/command.ts";
import { plainNoun } from "../record/noun.ts";
import type { RecordService } from "../record/record-service.ts";

const show = ({ hash: _, ...token }: StoredToken): TokenJson => ({ ...token, lastUsedAt: null }) as TokenJson;

const scopes = { read: "admin", write: "admin" } as const;
export const tokenNoun = plainNoun<"token", TokenJson>("token", scopes, show);

/** Creates a token. Its secret is only in the answer. */
export async function issueToken(
  store: Store,
  actor: Actor,
  input: unknown,
): Promise<TokenJson & WithSecret> {
  authorize(actor, "admin");
  const parsed = parseCreate(tokenFields, input);
  const secret = newToken();
  const assigned = { id: uuid(), hash: hashToken(secret) };
  const sealed = seal(secret, actor.sealKey);
  const reply = await run(store, { type: "token", actor, wants: [] }, (context) => {
    const { next, changes } = accepted(createToken(assigned, parsed, context));
    return {
      writes: [{ type: "token", before: undefined, record: next, action: "create", changes }],
      reply: { ...show(next), sealed },
      about: [],
    };
  });
  return unsealed(reply, actor, "token");
}

/** Revokes a token at once. The last token that can administer the tenant cannot be revoked. */
export async function revokeToken(store: Store, actor: Actor, where: Alternatives): Promise<TokenJson> {
  authorize(actor, "admin");
  const wants = [{ kind: "all", type: "token" } as const];
  return run(store, { type: "token", actor, wants }, (context) => {
    const all = context.view.all("token");
    const current = all.find(({ id }) => id === where[0]?.value);
    if (!current) throw notFound("token");
    const administers = ({ scopes: its, expiresAt }: StoredToken) =>
      its.includes("admin") && (expiresAt === null || expiresAt > context.now);
    if (administers(current) && !all.some((token) => token !== current && administers(token))) {
      throw new RosterError("CONFLICT", "this is the last token that can administer the tenant");
    }
    const { next, changes } = accepted(tokenNoun.rules.delete(current, context));
    return {
      writes: [{ type: "token", before: current, record: next, action: "delete", changes }],
      reply: show(next),
      about: [],
    };
  });
}

/** The live tokens, each with the minute of its latest use. */
export async function listTokens(
  { store, token }: { store: Store; token: RecordService<"token", TokenJson> },
  actor: Actor,
  asked: ParsedList,
): Promise<Page<TokenJson>> {
  const page = await token.list(actor, asked);
  const reader = store.database.tenant(actor.tenant.number);
  const items = await Promise.all(
    page.items.map(async (one) => {
      const [stored] = await reader.kept("tokenUses", one.id);
      const uses = [stored?.at, store.lastUse?.(one.id)].filter((use) => use !== undefined);
      return { ...one, lastUsedAt: uses.toSorted().at(-1) ?? null };
    }),
  );
  return { ...page, items };
}
