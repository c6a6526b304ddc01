import {
  canonicalId,
  RosterError,
  type Actor,
  type Field,
  type Fields,
  type ParsedCreate,
  type RecordType,
  type StoredRecords,
  type UniqueName,
  type Where,
} from "@roster/domain";
import type { Authorship, ChangeSetOfWrites, Decision, Series } from "../store/commit/command.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import type { View } from "../store/commit/state.ts";
import type { Database, Want } from "../store/database.ts";
import { decisionContext } from "./decision-context.ts";
import type { DecisionContext } from "./noun.ts";

/** The dependencies of all services. */
export interface Store {
  database: Database;
  commits: GroupCommit;
  /** The current time, in ISO 8601 UTC. */
  now(): string;
  /** The latest use of a token that this node knows of, ISO 8601. */
  lastUse?: (token: string) => string | undefined;
  /** Called when the building of an index may have begun. */
  buildBegun?: () => void;
}

/** Alternative ways to name a record; the first that finds one counts. */
export type Alternatives = readonly Where[];

/** A decision in the context of one record type. */
export type DecideInContext<Reply> = (context: DecisionContext) => Decision<Reply>;

/** A command of an actor about records of one type. */
interface Request {
  type: RecordType;
  actor: Actor;
  /** The reason, for the history. */
  reason?: string | null | undefined;
  /** The change set that the changes belong to. */
  changeSet?: ChangeSetOfWrites | undefined;
  /** The data to load before the decision runs; the decision may need more. */
  wants: readonly Want[];
}

/** Runs a decision. @returns its reply, once its writes are on disk. @throws RosterError its refusal */
export const run = <Reply>(store: Store, request: Request, decide: DecideInContext<Reply>): Promise<Reply> =>
  store.commits.submit({
    ...authorship(request),
    decide: (view) => decide(contextOf(store, request, view)),
  });

/** Runs several decisions with one answer, each on the state that the previous ones leave. */
export const runSeries = <Part, Reply>(
  store: Store,
  request: Request,
  parts: readonly ((context: DecisionContext, previous: Part | undefined) => Decision<Part>)[],
  rest: Pick<
    Series<Part, Reply>,
    "atomic" | "stepwise" | "dryRun" | "begin" | "about" | "valueless" | "conclude"
  >,
): Promise<Reply> =>
  store.commits.submit<Reply, Part>({
    ...authorship(request),
    ...rest,
    parts: parts.map((part) => (view, previous) => part(contextOf(store, request, view), previous)),
  });

/**
 * Runs decisions one after another, all or nothing. Each gets the reply of the one before it, and none runs
 * after a refusal.
 *
 * @param conclude makes the answer from the last reply
 */
export const runSteps = <Step, Reply>(
  store: Store,
  request: Request,
  first: (context: DecisionContext) => Decision<Step>,
  rest: readonly ((context: DecisionContext, previous: Step) => Decision<Step>)[],
  { dryRun, conclude }: { dryRun: boolean; conclude(last: Step): Reply },
): Promise<Reply> =>
  runSeries<Step, Reply>(
    store,
    request,
    [
      first,
      ...rest.map((step) => (context: DecisionContext, previous?: Step) => step(context, previous as Step)),
    ],
    {
      atomic: true,
      stepwise: true,
      dryRun,
      conclude(outcomes) {
        for (const outcome of outcomes) if ("error" in outcome) throw outcome.error;
        return conclude((outcomes.at(-1) as { reply: Step }).reply);
      },
    },
  );

const authorship = ({
  actor,
  reason,
  changeSet,
  wants,
}: Request): Authorship & { wants: readonly Want[] } => ({
  tenant: actor.tenant.number,
  actor: actor.id,
  onBehalfOf: actor.onBehalfOf,
  source: actor.source,
  reason: reason ?? null,
  changeSet,
  idempotency: actor.idempotency,
  // The rules depend on the tenant's settings.
  wants: [...wants, { kind: "record", type: "tenant", field: "number", value: actor.tenant.number }],
});

function contextOf(store: Store, { type, actor }: Request, view: View): DecisionContext {
  // A node whose clock is behind must not date its change before the tenant's latest one.
  const [now, latest] = [store.now(), view.latest()];
  return decisionContext(type, view, actor, now > latest ? now : latest);
}

/** The outcome of a rule. @throws RosterError if the rule refused */
export function accepted<T>(outcome: T | RosterError): T {
  if (outcome instanceof RosterError) throw outcome;
  return outcome;
}

/** The wants of a decision about a record with these edits. */
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
    if (refers === "member") {
      for (const id of [value].flat() as string[]) wants.push({ kind: "candidate", id });
    } else if (refers === "hierarchyLevel") wants.push({ kind: "all", type: refers });
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

/** The record that a request names: the first live one that an alternative finds, else the first deleted one. */
export function findIn<T extends RecordType>(
  { view }: DecisionContext,
  type: T,
  where: Alternatives,
): StoredRecords[T] | undefined {
  let first: StoredRecords[T] | undefined;
  for (const { field, value } of where) {
    const found = view.find(type, field, value);
    if (found?.deletedAt === null) return found;
    first ??= found;
  }
  return first;
}

/** The ids of the records whose values an answer about a record shows: its own and its ancestors'. */
export const idsShown = (
  { view }: DecisionContext,
  record: { id: string; parent?: string | null },
): string[] => [
  record.id,
  ...(record.parent === undefined ? [] : view.ancestors({ parent: record.parent }).map(({ id }) => id)),
];
