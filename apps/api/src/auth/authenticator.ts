import { RosterError, type Actor, type Scope } from "@roster/domain";
import { noteActor } from "../observe/current-request.ts";
import type { Write } from "../store/batch.ts";
import type { Database, TokenOwner } from "../store/database.ts";
import { sealKeyOf } from "./seal.ts";
import { hashToken } from "./token.ts";

/** Milliseconds until this node notices a revocation by another node. It notices its own at once. */
const cacheFor = 2_000;
const cacheSize = 10_000;

/** Identifies callers by their tokens. */
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
    const hash = hashToken(token);
    const now = Date.now();
    let known = this.#owners.get(hash);
    if (!known || known.until < now) {
      const owner = await this.#database.tokenByHash(hash);
      if (!owner) {
        this.#owners.delete(hash);
        throw new RosterError("UNAUTHENTICATED", "the token is unknown");
      }
      if (this.#owners.size >= cacheSize) this.#owners.clear();
      this.#owners.set(hash, (known = { owner, sealKey: sealKeyOf(token), until: now + cacheFor }));
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

  /** Clears the cache if a commit may have changed its entries. */
  forget(writes: readonly Write[]): void {
    if (writes.some(({ type }) => type === "token" || type === "tenant")) this.#owners.clear();
  }
}
