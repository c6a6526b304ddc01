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
   * The actor in the history: `token:<id>`, `person:<id>`, `operator` for commands run on the database itself,
   * or `system`.
   */
  id: string;
  /** The name by which people know it. */
  name: string;
  /** The person on whose behalf it says that it acts. */
  onBehalfOf?: string | undefined;
  scopes: readonly Scope[];
  /** The surface of the call: `trpc`, `rest`, `console`, `local`, `command`, or a wire format's name. */
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

export const actorKinds = ["token", "person", "operator", "system"] as const;

/** An actor as readers of the history see it. */
export interface ShownActor {
  kind: (typeof actorKinds)[number];
  /** As in `actor`: `token:<id>`, `person:<id>`, `operator` or `system`. */
  id: string;
  /** The name of the token or the person, or else the id. */
  name: string;
  /** The person on whose behalf the actor said that it acted. Missing if it named nobody. */
  onBehalfOf?: string;
}

/** The kind of an actor, by its id. Other names are those of parts of the system. */
export function actorKind(id: string): ShownActor["kind"] {
  const [before] = id.split(":", 1);
  return actorKinds.find((kind) => kind === before) ?? "system";
}

/** A browser session, as its page sees it. */
export interface Session {
  actor: { kind: "token" | "person"; id: string; name: string };
  tenant: ActorTenant;
  scopes: readonly Scope[];
  /** When the session ends at the latest. */
  expiresAt: string | null;
}
