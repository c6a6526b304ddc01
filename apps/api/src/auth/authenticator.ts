import { hash, randomBytes } from "node:crypto";
import { RosterError, type Actor, type Scope } from "@roster/domain";
import { noteActor } from "../observe/current-request.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import type { Database, TokenOwner } from "../store/database.ts";
import { sealKeyOf } from "./seal.ts";

/** Makes a token: 256 random bits with a prefix that secret scanners recognise. */
export const newToken = (): string => `roster_${randomBytes(32).toString("base64url")}`;

/** The hash of a token, which is all that is stored of it. Its 256 random bits need no salt and no slow hash. */
export const hashToken = (token: string): string => hash("sha256", token, "hex");

/** How long a revocation at another node may go unseen, in milliseconds; one at this node never does. */
const cacheFor = 2_000;
const cacheSize = 10_000;

/** Finds the actor of a token. */
export class Authenticator {
  readonly #database: Database;
  readonly #owners = new Map<string, { owner: TokenOwner; sealKey: string; until: number }>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @param token the token as sent, without the scheme
   * @param source the surface of the call
   * @throws RosterError UNAUTHENTICATED
   */
  async authenticate(token: string | undefined, source: string): Promise<Actor> {
    if (!token) throw new RosterError("UNAUTHENTICATED", "a token is required");
    const hashed = hashToken(token);
    const now = Date.now();
    let known = this.#owners.get(hashed);
    if (!known || known.until < now) {
      const owner = await this.#database.tokenByHash(hashed);
      if (!owner) {
        this.#owners.delete(hashed);
        throw new RosterError("UNAUTHENTICATED", "the token is unknown");
      }
      if (this.#owners.size >= cacheSize) this.#owners.clear();
      this.#owners.set(hashed, (known = { owner, sealKey: sealKeyOf(token), until: now + cacheFor }));
    }
    const { token: record, tenant } = known.owner;
    if (record.expiresAt !== null && record.expiresAt <= new Date(now).toISOString()) {
      throw new RosterError("UNAUTHENTICATED", "the token has expired");
    }
    const { id, number, name } = tenant;
    const actor = {
      tenant: { id, number, name },
      id: `token:${record.id}`,
      scopes: record.scopes as Scope[],
      source,
      sealKey: known.sealKey,
    };
    noteActor(actor);
    return actor;
  }

  /** Drops cached tokens from now on when a commit may have changed them. */
  follow(commits: Pick<GroupCommit, "onCommitted">): void {
    commits.onCommitted((writes) => {
      if (writes.some(({ type }) => type === "token" || type === "tenant")) this.#owners.clear();
    });
  }
}
