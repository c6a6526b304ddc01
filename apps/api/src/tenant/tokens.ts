import {
  authorize,
  parseCreate,
  pointer,
  RosterError,
  tokenFields,
  type Actor,
  type StoredToken,
  type TokenJson,
  type WithSecret,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { hashToken, newToken } from "../auth/token.ts";
import { plainNoun } from "../record/noun.ts";
import {
  accepted,
  command,
  type Alternatives,
  type RecordService,
  type Store,
} from "../record/record-service.ts";

const show = ({ hash: _, ...token }: StoredToken): TokenJson => token as TokenJson;

const scopes = { read: "admin", write: "admin" } as const;
export const tokenNoun = plainNoun<"token", TokenJson>("token", scopes, show);

/** The noun of a token whose secret is decided already. */
export const tokenNounWith = (secret: string) =>
  plainNoun<"token", TokenJson>("token", scopes, show, () => ({ hash: hashToken(secret) }));

/** Makes a token. The answer is the only place where its secret ever stands. */
export async function createToken(
  store: Store,
  actor: Actor,
  input: unknown,
): Promise<TokenJson & WithSecret> {
  authorize(actor, "admin");
  const parsed = parseCreate(tokenFields, input);
  const given = parsed.edits.find(({ field }) => field === "scopes");
  if (given && (given.value as string[]).length === 0) {
    parsed.faults.push({ pointer: pointer("scopes"), code: "required", message: "names at least one scope" });
  }
  const id = uuid();
  const secret = newToken();
  const noun = tokenNounWith(secret);
  const token = await store.commits.submit(
    command(store, "token", actor, null, [], (context) => {
      const { next, changes } = accepted(noun.create(id, parsed, context));
      return {
        writes: [{ type: "token", before: undefined, record: next, action: "create", changes }],
        reply: show(next),
      };
    }),
  );
  return { ...token, token: secret };
}

/** Revokes a token, at once. The last that can administer the tenant stays. */
export async function revokeToken(
  store: Store,
  tokens: RecordService<"token", TokenJson>,
  actor: Actor,
  where: Alternatives,
): Promise<TokenJson> {
  authorize(actor, "admin");
  const { id } = await tokens.get(actor, where);
  return store.commits.submit(
    command(store, "token", actor, null, [{ kind: "all", type: "token" }], (context) => {
      const all = context.view.all("token");
      const current = all.find((token) => token.id === id);
      if (!current) throw new RosterError("NOT_FOUND", "there is no such token");
      if (!all.some((token) => token.id !== id && token.scopes.includes("admin"))) {
        throw new RosterError("CONFLICT", "this is the last token that can administer the tenant");
      }
      const { next, changes } = accepted(tokenNoun.delete(current, context));
      return {
        writes: [{ type: "token", before: current, record: next, action: "delete", changes }],
        reply: show(next),
      };
    }),
  );
}
