import { hash, randomBytes } from "node:crypto";
import { authorize, RosterError, type Actor, type Scope, type StoredToken } from "@roster/domain";
import { noteActor } from "../observe/current-request.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import type { Database } from "../store/database.ts";
import { sealKeyOf } from "./seal.ts";
import type { TokenUses } from "./token-uses.ts";

/** Makes a token: 256 random bits with a prefix that secret scanners recognise. */
export const newToken = (): string => `roster_${randomBytes(32).toString("base64url")}`;

/** The hash of a token, which is all that is stored of it. Its 256 random bits need no salt and no slow hash. */
export const hashToken = (token: string): string => hash("sha256", token, "hex");

/** The credentials and the on-behalf-of name in a request. */
export interface Credentials {
  /** The token as sent, without the scheme. */
  token?: string | undefined;
  /** The value of the session cookie; a token takes precedence over it. */
  session?: string | undefined;
  /** The person on whose behalf the caller says that it acts. */
  onBehalfOf?: string | undefined;
}

/** The holder of a token or of a session. */
export interface Owner extends Omit<Actor, "source" | "onBehalfOf" | "idempotency"> {
  /** When it stops being one, ISO 8601; null for never. */
  expiresAt: string | null;
  /** The id of the token. */
  tokenId?: string | undefined;
}

/** How long a revocation at another node may go unseen, in milliseconds; one at this node never does. */
const cacheFor = 2_000;
const cacheSize = 10_000;

/** The surface of requests with a session. */
const bySession = "console";

/** Finds the actor of a request. */
export class Authenticator {
  readonly #database: Database;
  readonly #uses: TokenUses | undefined;
  readonly #owners = new Map<string, { owner: Owner; until: number; noteUse: number }>();

  /** @param uses records the uses of tokens */
  constructor(database: Database, uses?: TokenUses) {
    this.#database = database;
    this.#uses = uses;
  }

  /**
   * @param source the surface of the call, unless it comes with a session
   * @throws RosterError UNAUTHENTICATED, or FORBIDDEN if the caller may not act for others
   */
  async authenticate({ token, session, onBehalfOf }: Credentials, source: string): Promise<Actor> {
    const { tenant, id, name, scopes, sealKey } = await this.owner({ token, session });
    const actor: Actor = {
      tenant,
      id,
      name,
      scopes,
      source: token ? source : bySession,
      sealKey,
    };
    if (onBehalfOf !== undefined) {
      authorize(actor, "act-for");
      actor.onBehalfOf = onBehalfOf;
    }
    noteActor(actor);
    return actor;
  }

  /** The holder of a token or of a session. @throws RosterError UNAUTHENTICATED */
  async owner({ token, session }: Credentials): Promise<Owner> {
    const secret = token || session;
    if (!secret) throw new RosterError("UNAUTHENTICATED", "a token is required");
    const hashed = hashToken(secret);
    const now = Date.now();
    let known = this.#owners.get(hashed);
    if (!known || known.until < now) {
      this.#owners.delete(hashed);
      const owner = await (token ? this.#ofToken(token, hashed) : this.#ofSession(secret, hashed));
      if (this.#owners.size >= cacheSize) this.#owners.clear();
      const noteUse = owner.tokenId === undefined ? Infinity : (this.#uses?.next(owner.tokenId) ?? Infinity);
      this.#owners.set(hashed, (known = { owner, until: now + cacheFor, noteUse }));
    }
    const { owner } = known;
    if (owner.expiresAt !== null && owner.expiresAt <= new Date(now).toISOString())
      throw new RosterError("UNAUTHENTICATED", `the ${token ? "token" : "session"} has expired`);
    if (known.noteUse <= now && owner.tokenId !== undefined)
      known.noteUse = this.#uses?.note(owner.tenant.number, owner.tokenId, now) ?? Infinity;
    return owner;
  }

  async #ofToken(token: string, hashed: string): Promise<Owner> {
    const found = await this.#database.tokenByHash(hashed);
    if (!found) throw new RosterError("UNAUTHENTICATED", "the token is unknown");
    return { ...asOwner(found.token), tenant: tenantOf(found.tenant), sealKey: sealKeyOf(token) };
  }

  async #ofSession(secret: string, hashed: string): Promise<Owner> {
    const ended = new RosterError("UNAUTHENTICATED", "the session has ended");
    const tenantNumber = tenantOfSession(secret);
    if (tenantNumber === undefined) throw ended;
    const reader = this.#database.tenant(tenantNumber);
    const [session] = await reader.kept("sessions", hashed);
    const tenant = session && (await reader.find("tenant", { field: "number", value: tenantNumber }));
    if (!tenant) throw ended;
    const of = { tenant: tenantOf(tenant), sealKey: sealKeyOf(secret) };
    if (session.token !== null) {
      const token = await reader.find("token", { field: "id", value: session.token });
      if (!token || token.deletedAt !== null) throw ended;
      const owner = asOwner(token);
      return { ...owner, ...of, expiresAt: earlier(owner.expiresAt, session.expiresAt) };
    }
    const [person] = session.person === null ? [] : await reader.kept("people", session.person);
    if (!person) throw ended;
    const { name, id } = person;
    return { ...of, id: `person:${id}`, name, scopes: session.scopes, expiresAt: session.expiresAt };
  }

  /** Drops cached owners from now on when a commit may have changed them. */
  follow(commits: Pick<GroupCommit, "onCommitted">): void {
    commits.onCommitted((writes) => {
      if (writes.some(({ type }) => type === "token" || type === "tenant")) this.forget();
    });
  }

  /** Drops all cached owners. */
  forget(): void {
    this.#owners.clear();
  }
}

/**
 * An actor without a token: the server itself, or its operator. It may do everything in the tenant.
 * @param sealKey for one whose answer has a secret
 */
export const internalActor = (
  id: "system" | "operator",
  tenant: Actor["tenant"],
  source: string,
  sealKey = "",
): Actor => ({ id, name: id, tenant, scopes: ["admin"], source, sealKey });

const asOwner = ({ id, name, scopes, expiresAt }: StoredToken): Omit<Owner, "tenant" | "sealKey"> => ({
  id: `token:${id}`,
  name: name ?? `token:${id}`,
  scopes: scopes as readonly Scope[],
  expiresAt,
  tokenId: id,
});

const tenantOf = ({ id, number, name }: Actor["tenant"]): Actor["tenant"] => ({ id, number, name });

const earlier = (one: string | null, other: string): string => (one !== null && one < other ? one : other);

/** Makes the secret of a session of this tenant, which its cookie holds. */
export const newSession = (tenant: number): string => `${tenant}.${randomBytes(32).toString("base64url")}`;

/** The number of the tenant in the secret of a session; undefined if it is none. */
export function tenantOfSession(secret: string): number | undefined {
  const number = /^([1-9]\d{0,14})\.[\w-]{43}$/.exec(secret)?.[1];
  return number === undefined ? undefined : Number(number);
}
