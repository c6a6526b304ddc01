import { RosterError, type Session } from "@roster/domain";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import type { Database } from "../store/database.ts";
import type { Keeping, KeptRow } from "../store/keeping.ts";
import type { Identified } from "./openid.ts";
import { hashToken, newSession, tenantOfSession, type Authenticator, type Owner } from "./authenticator.ts";

/** How long a session lasts at most, in milliseconds: a week. */
const longest = 7 * 24 * 60 * 60 * 1000;

/** A new session, and the secret that its cookie holds. */
interface Opened {
  secret: string;
  session: Session;
}

/**
 * Browser sessions. They are stored, so that they end at all nodes when a person signs out; of the secret, only
 * the hash is.
 */
export class Sessions {
  readonly #database: Database;
  readonly #commits: Pick<GroupCommit, "submit">;
  readonly #authenticator: Authenticator;

  constructor(database: Database, commits: Pick<GroupCommit, "submit">, authenticator: Authenticator) {
    this.#database = database;
    this.#commits = commits;
    this.#authenticator = authenticator;
  }

  /** Opens a session of the holder of a token. @throws RosterError UNAUTHENTICATED */
  async signIn(token: string): Promise<Opened> {
    const { tenant, tokenId = null } = await this.#authenticator.owner({ token });
    return this.#open(tenant.number, { token: tokenId, person: null, scopes: [] }, longest + Date.now());
  }

  /** Opens a session of a person. @throws RosterError FORBIDDEN if there is no such tenant */
  async signInPerson({ tenant, id, name, scopes, until }: Identified): Promise<Opened> {
    if (!(await this.#database.tenant(tenant).find("tenant", { field: "number", value: tenant })))
      throw new RosterError("FORBIDDEN", `there is no tenant ${tenant}`);
    const person: Keeping = {
      tenant,
      table: "people",
      put: { id, name, signedInAt: new Date().toISOString() },
    };
    const of = { token: null, person: id, scopes: [...scopes] };
    return this.#open(tenant, of, Math.min(until, longest + Date.now()), person);
  }

  /** The session with this secret; undefined if it has ended or is none. */
  async of(secret: string | undefined): Promise<Session | undefined> {
    if (secret === undefined) return undefined;
    try {
      return shown(await this.#authenticator.owner({ session: secret }));
    } catch (error) {
      if (error instanceof RosterError && error.code === "UNAUTHENTICATED") return undefined;
      throw error;
    }
  }

  /** Ends the session with this secret, if there is one. */
  async end(secret: string | undefined): Promise<void> {
    const tenant = secret === undefined ? undefined : tenantOfSession(secret);
    if (secret === undefined || tenant === undefined) return;
    await this.#keep(tenant, [{ tenant, table: "sessions", remove: [hashToken(secret)] }]);
    this.#authenticator.forget();
  }

  async #open(
    tenant: number,
    of: Omit<KeptRow<"sessions">, "hash" | "expiresAt">,
    until: number,
    ...more: Keeping[]
  ): Promise<Opened> {
    const secret = newSession(tenant);
    const hash = hashToken(secret);
    const now = new Date().toISOString();
    const old = (await this.#database.tenant(tenant).kept("sessions")).filter((one) => one.expiresAt <= now);
    await this.#keep(tenant, [
      ...more,
      ...old.map((one): Keeping => ({ tenant, table: "sessions", remove: [one.hash] })),
      { tenant, table: "sessions", put: { ...of, hash, expiresAt: new Date(until).toISOString() } },
    ]);
    return { secret, session: shown(await this.#authenticator.owner({ session: secret })) };
  }

  #keep(tenant: number, keepings: readonly Keeping[]): Promise<void> {
    return this.#commits.submit({
      tenant,
      wants: [],
      keep: (transaction) => transaction.keep(keepings),
    });
  }
}

function shown({ id, name, tenant, scopes, expiresAt }: Owner): Session {
  const kind = id.startsWith("person:") ? "person" : "token";
  return { actor: { kind, id, name }, tenant, scopes, expiresAt };
}
