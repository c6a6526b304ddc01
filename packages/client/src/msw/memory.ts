import {
  createCustomer,
  createUser,
  customerFields,
  customerRules,
  customerView,
  decideUpdate,
  parseCreate,
  parseUpdate,
  refusal,
  RosterError,
  standaloneContext,
  userFields,
  userRules,
  type Change,
  type CustomerContext,
  type CustomerCreate,
  type Fields,
  type Outcome,
  type ParsedCreate,
  type RecordRules,
  type StoredCustomer,
  type StoredUser,
  type UserCreate,
} from "@roster/domain";
import type { AnyAnswers } from "./answers.ts";

/** The records that there are at the beginning. */
export interface FirstRecords {
  customers?: readonly CustomerCreate[] | undefined;
  users?: readonly UserCreate[] | undefined;
}

/** The parts of the simulation that differ between types of records. */
interface Kind<R extends StoredCustomer | StoredUser> {
  name: "customer" | "user";
  fields: Fields;
  rules: RecordRules<R, CustomerContext>;
  create(identity: Identity, parsed: ParsedCreate, context: CustomerContext): Outcome<R> | RosterError;
  /** The record as Roster shows it. */
  view(record: R): object;
}
type Identity = { id: string; number: number; token: string };

const kinds: [Kind<StoredCustomer>, Kind<StoredUser>] = [
  {
    name: "customer",
    fields: customerFields,
    rules: customerRules,
    create: createCustomer,
    view: (record) => customerView(record, []),
  },
  {
    name: "user",
    fields: userFields,
    rules: userRules,
    create: ({ id, number }, parsed, context) => createUser({ id, number }, parsed, context),
    view: (record) => record,
  },
];

const context = () => standaloneContext(new Date(), "token:test");
const orThrow = <T>(outcome: T | RosterError): T => {
  if (outcome instanceof RosterError) throw outcome;
  return outcome;
};

/**
 * Answers for `create`, `get`, `list` and `update` of customers and users, by the rules of the domain on records
 * in memory. References are taken to exist, and unique values are not compared.
 */
export function memory({ customers = [], users = [] }: FirstRecords): AnyAnswers {
  const [customer, user] = kinds;
  return { customer: answersOf(customer, customers), user: answersOf(user, users) };
}

/** Whether a condition of a list selects all records. */
const isEmpty = (condition: unknown): boolean =>
  condition === undefined ||
  (typeof condition === "object" && condition !== null && Object.keys(condition).length === 0);

type Named = { where: readonly { field: string; value: unknown }[] };

function answersOf<R extends StoredCustomer | StoredUser>(kind: Kind<R>, first: readonly object[]) {
  const records: R[] = [];
  const create = (input: unknown): object => {
    const number = records.length + 1;
    const id = `00000000-0000-7000-8000-${kind.name === "customer" ? "1" : "2"}${String(number).padStart(11, "0")}`;
    const parsed = parseCreate(kind.fields, input ?? {});
    const { next } = orThrow(kind.create({ id, number, token: `${kind.name}-${number}` }, parsed, context()));
    records.push(next);
    return kind.view(next);
  };
  const find = ({ where }: Named): R | undefined =>
    where
      .map(({ field, value }) =>
        records.find((record) => (record as Record<string, unknown>)[field] === value),
      )
      .find((record) => record !== undefined);

  const update = (input: unknown): object => {
    const parsed = parseUpdate(kind.fields, input);
    const current = find(parsed);
    const decided = orThrow(decideUpdate(kind.rules, current, parsed, context()));
    if (decided.applied) records[records.indexOf(current as R)] = decided.record;
    const { record, changes, applied } = decided as { record: R; changes: Change[]; applied: boolean };
    return { [kind.name]: kind.view(record), version: record.version, changes, applied };
  };
  const get = (input: unknown): object => {
    // Names a record as an update does, without changing anything.
    const parsed = parseUpdate(kind.fields, { where: (input as { where: unknown }).where });
    if (parsed.faults.length > 0) throw refusal(parsed.faults);
    return kind.view(orThrow(decideUpdate(kind.rules, find(parsed), parsed, context())).record);
  };
  const list = (input: unknown): object => {
    const {
      limit = 50,
      cursor,
      count: _,
      fresh: __,
      // Infinite queries add it; cursors lead forward only.
      direction: ___,
      ...conditions
    } = (input ?? {}) as {
      [name: string]: unknown;
      limit?: number;
      cursor?: string;
    };
    const [condition] = Object.keys(conditions).filter((name) => !isEmpty(conditions[name]));
    if (condition !== undefined)
      throw new Error(`these handlers list all records: give ${kind.name}.list an answer for ${condition}`);
    const from = Number(cursor ?? 0);
    return {
      items: records.slice(from, from + limit).map(kind.view),
      nextCursor: records.length > from + limit ? String(from + limit) : null,
    };
  };
  for (const fields of first) create(fields);
  return { create, get, list, update };
}
