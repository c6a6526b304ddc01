import {
  canonicalId,
  RosterError,
  type Actor,
  type Field,
  type Fields,
  type ParsedCreate,
  type RecordType,
  type Where,
  type UniqueName,
} from "@roster/domain";
import type { Authorship } from "../store/commit/batch.ts";
import type { Database, Want } from "../store/database.ts";
import type { Command, Decide, Decision, Series } from "../store/commit/command.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import { decisionContext } from "./decision-context.ts";
import type { DecisionContext } from "./noun.ts";

/** What all services work with. */
export interface Store {
  database: Database;
  commits: GroupCommit;
  /** The present, ISO 8601 UTC. */
  now(): string;
}

/** How a request names a record, or a list of ways of which the first that fits counts. */
export type Alternatives = readonly Where[];

/** A decision in the context of one record type. */
export type DecideInContext<Reply> = (context: DecisionContext) => Decision<Reply>;

/** Makes the commands of an actor about one type of record. */
export class CommandMaker {
  readonly #store: Store;
  readonly #type: RecordType;
  readonly #actor: Actor;
  readonly #by: Authorship;

  constructor(store: Store, type: RecordType, actor: Actor, reason: string | null = null) {
    this.#store = store;
    this.#type = type;
    this.#actor = actor;
    const { tenant, id, source, idempotency } = actor;
    this.#by = { tenant: tenant.number, actor: id, source, reason, idempotency };
  }

  /** One decision. */
  command<Reply>(wants: readonly Want[], decide: DecideInContext<Reply>): Command<Reply> {
    return { ...this.#by, wants: [...wants, this.#tenant()], decide: this.#inContext(decide) };
  }

  /** Several decisions under one answer. */
  series<Part, Reply>(
    wants: readonly Want[],
    parts: readonly DecideInContext<Part>[],
    rest: Pick<Series<Part, Reply>, "atomic" | "stepwise" | "dryRun" | "conclude">,
  ): Series<Part, Reply> {
    return {
      ...this.#by,
      ...rest,
      wants: [...wants, this.#tenant()],
      parts: parts.map((part) => this.#inContext(part)),
    };
  }

  #inContext<Reply>(decide: DecideInContext<Reply>): Decide<Reply> {
    return (view) => {
      // A node whose clock is behind does not put its change before those that it comes after.
      const [now, latest] = [this.#store.now(), view.latest()];
      return decide(decisionContext(this.#type, view, this.#actor, now > latest ? now : latest));
    };
  }

  /** Rules look at the settings of the tenant. */
  #tenant(): Want {
    return { kind: "record", type: "tenant", field: "number", value: this.#actor.tenant.number };
  }
}

/** Submits one decision of an actor. */
export const submit = <Reply>(
  store: Store,
  type: RecordType,
  actor: Actor,
  reason: string | null,
  wants: readonly Want[],
  decide: DecideInContext<Reply>,
): Promise<Reply> =>
  store.commits.submit(new CommandMaker(store, type, actor, reason).command(wants, decide));

/** What a rule has come to. @throws the refusal where it has refused */
export function accepted<T>(outcome: T | RosterError): T {
  if (outcome instanceof RosterError) throw outcome;
  return outcome;
}

/** What a decision about this record, with these edits, surely needs. */
export function wantsOf(
  type: RecordType,
  fields: Fields,
  where: Alternatives,
  parsed?: ParsedCreate,
): Want[] {
  const wants: Want[] = where.map(({ field, value }) => ({ kind: "record", type, field, value }));
  for (const { field, op, value, by, faulty } of parsed?.edits ?? []) {
    const { refers, unique } = fields[field] as Field;
    if (faulty || value === null || op === "remove") continue;
    if (unique) wants.push({ kind: "record", type, field: field as UniqueName, value: value as string });
    if (refers === "hierarchyLevel") wants.push({ kind: "all", type: refers });
    else if (refers)
      wants.push(...[value].flat().map((named) => referenceWant(refers, named as string | number, by)));
  }
  return wants;
}

const referenceKeys = {
  groupTag: "name",
  accessGroup: "name",
  channel: "number",
  user: "number",
  customer: "id",
} as const;
const referenceWant = (
  type: keyof typeof referenceKeys,
  value: string | number,
  field: UniqueName = referenceKeys[type],
): Want => ({
  kind: "record",
  type,
  field,
  value: type === "customer" && field === "id" ? canonicalId(String(value)) : value,
});

/** The first record that one of the ways finds; a live one before a deleted one. */
export function firstOf<R extends { deletedAt: string | null }>(
  where: Alternatives,
  find: (where: Where) => R | undefined,
): R | undefined {
  const found = where.map(find).filter((record) => record !== undefined);
  return found.find(({ deletedAt }) => deletedAt === null) ?? found[0];
}
