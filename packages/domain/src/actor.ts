import { RosterError } from "./errors.ts";
import type { Scope } from "./reference/reference.ts";

/** The tenant that a caller belongs to. */
export interface ActorTenant {
  id: string;
  number: number;
  name: string;
}

/** Who acts: in which tenant, as whom, with which rights, through which surface. */
export interface Actor {
  tenant: ActorTenant;
  /** What the history says: `token:<id>`, `operator` for who works on the database itself, or `system`. */
  id: string;
  scopes: readonly Scope[];
  /** The surface that a call came through: `trpc`, `rest`, `local`, `command`, or a wire format's name. */
  source: string;
  /** With which secrets that only this caller may see again are sealed; hex of 32 bytes. */
  sealKey: string;
  /** What the request said to be recognised by, should it come again. */
  idempotency?: Idempotency | undefined;
}

/** An idempotency key, and what request it belongs to. */
export interface Idempotency {
  key: string;
  /** A digest of the request: another request may not use the key. */
  fingerprint: string;
}

/** Whether an actor has a scope. `admin` includes all others. */
export const may = ({ scopes }: Pick<Actor, "scopes">, scope: Scope): boolean =>
  scopes.includes(scope) || scopes.includes("admin");

/**
 * Checks that an actor may do something.
 * @throws RosterError FORBIDDEN
 */
export function authorize(actor: Pick<Actor, "scopes">, scope: Scope): void {
  if (may(actor, scope)) return;
  throw new RosterError("FORBIDDEN", `the token lacks the scope ${scope}`);
}
