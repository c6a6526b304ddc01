import type {
  Action,
  Change,
  JsonObject,
  RecordType,
  RosterError,
  StoredChangeSet,
  StoredRecords,
} from "@roster/domain";
import type { Want, WriteTransaction } from "../database.ts";
import type { Keeping } from "../keeping.ts";
import type { View } from "./state.ts";

/** One record that a command writes, and its log entry. */
export interface Write<T extends RecordType = RecordType> {
  type: T;
  before: StoredRecords[T] | undefined;
  record: StoredRecords[T];
  action: Action;
  changes: Change[];
  /** Overrides the command's reason. */
  reason?: string;
  /** Further facts of a merge: what it moved. */
  details?: JsonObject;
  /** The tenant to write to, if it is not the command's own: a new one. */
  tenant?: number;
}

/** The tenant, actor, source and reason that all writes of one command share. */
export interface Authorship {
  tenant: number;
  actor: string;
  /** The person on whose behalf the actor says that it acts. */
  onBehalfOf?: string | undefined;
  source: string;
  reason: string | null;
  /** The change set that the writes belong to, and are counted in. */
  changeSet?: ChangeSetOfWrites | undefined;
  /** The caller's key for this request, and the hash of the request, which must match when the key is repeated. */
  idempotency?: { key: string; fingerprint: string } | undefined;
}

export interface ChangeSetOfWrites {
  id: string;
  /** The empty set, if the set is stored with its first change. */
  fresh?: StoredChangeSet;
}

/** The result of a decision: the records to write, and the answer to give once they are on disk. */
export interface Decision<Reply> {
  writes: Write[];
  reply: Reply;
  /**
   * The ids of the records whose values the reply shows, besides those it writes. Erasing one of them empties
   * the reply that is kept under the idempotency key.
   */
  about: readonly string[];
  /** Change sets to store. */
  changeSets?: readonly StoredChangeSet[];
  /** Rows that are no records, to write or remove. Not for the parts of a series. */
  kept?: readonly Keeping[];
}

/** A pure decision on the state of the store. @throws RosterError when it refuses the change */
type Decide<Reply> = (view: View) => Decision<Reply>;

/** A change to one or more records. If its decision refuses it, nothing is written. */
export interface Command<Reply> extends Authorship {
  /** The data that the decision surely needs, so that a batch loads it in one go. */
  wants: readonly Want[];
  decide: Decide<Reply>;
}

/** Several changes with one answer. Each is decided on the state that the previous ones leave. */
export interface Series<Part, Reply> extends Authorship {
  wants: readonly Want[];
  /** Runs before the parts. Its refusal refuses the whole series. */
  begin?: (view: View) => Pick<Decision<unknown>, "changeSets">;
  /** @param previous the reply of the part before it; undefined for the first, and after a refusal */
  parts: readonly ((view: View, previous: Part | undefined) => Decision<Part>)[];
  /** If one part is refused, none is written. */
  atomic: boolean;
  /** Each part depends on the one before it, so the parts after a refusal do not run. */
  stepwise?: boolean;
  /** Decides everything, writes nothing. */
  dryRun: boolean;
  /** The ids of the records whose values the reply may show, besides those of the parts and of all writes. */
  about?: readonly string[];
  /** The reply shows values only if an item was refused. Otherwise no erasure need find it. */
  valueless?: true;
  /**
   * Makes the answer.
   * @param changeSet the series' change set afterwards; undefined if it is not stored
   * @throws RosterError if the whole series is refused; only an atomic one can be
   */
  conclude(outcomes: readonly PartOutcome<Part>[], changeSet: StoredChangeSet | undefined): Reply;
}

/** The result of one part of a series. */
export type PartOutcome<Part> = { reply: Part } | { error: RosterError };

/**
 * A write of delivery progress, which has no versions and no log rows. It shares its commit with the waiting
 * commands.
 */
export interface Bookkeeping<Reply> {
  keep(transaction: Pick<WriteTransaction, "note" | "buildIndex" | "keep">): Promise<Reply>;
}

/** Bookkeeping about the records of a tenant, which no other node may change meanwhile. */
export interface TenantBookkeeping<Reply> extends Bookkeeping<Reply> {
  tenant: number;
  wants: readonly [];
  idempotency?: undefined;
}

export type AnyCommand =
  | Command<unknown>
  | Series<unknown, unknown>
  | Bookkeeping<unknown>
  | TenantBookkeeping<unknown>;
