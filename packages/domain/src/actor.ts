import { RosterError } from "./errors.ts";
import type { Scope } from "./reference/reference.ts";

/** The tenant that a caller belongs to. */
export interface ActorTenant {
  id: string;
  number: number;
  name: string;
}

/** The caller of a request: its tenant, identity, rights and the surface that it came through. */
export interface Actor {
  tenant: ActorTenant;
  /**
   * The actor name in the history: `token:<id>`, `operator` for commands run on the database itself, or
   * `system`.
   */
  id: string;
  scopes: readonly Scope[];
  /** The surface of the call: `trpc`, `rest`, `local`, `command`, or a wire format's name. */
  source: string;
  /** Key that seals secrets which only this caller may read again; 32 bytes in hex. */
  sealKey: string;
  /** The idempotency key of the request, if it has one. */
  idempotency?: Idempotency | undefined;
}

/** An idempotency key and the request that it belongs to. */
export interface Idempotency {
  key: string;
  /** Digest of the request. A different request with the same key is refused. */
  fingerprint: string;
}

/** Whether an actor has a scope. `admin` includes all others. */
export const may = ({ scopes }: Pick<Actor, "scopes">, scope: Scope): boolean =>
  scopes.includes(scope) || scopes.includes("admin");

/**
 * Checks that an actor has a scope.
 * @throws RosterError FORBIDDEN
 */
export function authorize(actor: Pick<Actor, "scopes">, scope: Scope): void {
  if (may(actor, scope)) return;
  throw new RosterError("FORBIDDEN", `the token lacks the scope ${scope}`);
}
