import {
  customerFields,
  parseCreate,
  parseUpdate,
  RosterError,
  type Actor,
  type CustomerJson,
} from "@roster/domain";
import { pino } from "pino";
import type { Store } from "../record/command.ts";
import { createRoster, type Roster } from "../roster.ts";
import { createFirstTenant } from "../tenant/tenants.ts";
import type { Database } from "../store/database.ts";
import { GroupCommit, type GroupCommitOptions } from "../store/commit/group-commit.ts";

/** A database under test, with access around the store. */
export interface TestDatabase {
  /** Opens the database, as each node does. */
  open(): Promise<Database>;
  /** Reads the database or tampers with it, as another program would. */
  sql(text: string): Promise<unknown[][]>;
  /** Makes inserts into the change log fail. @returns a function that undoes it */
  refuseLog(): Promise<() => Promise<void>>;
  dispose(): Promise<void>;
}

export const actor: Actor = {
  id: "tester",
  name: "tester",
  tenant: { id: "", number: 1, name: "" },
  scopes: ["admin"],
  source: "test",
  sealKey: "0".repeat(64),
};

/** One process's services on a database, without transports. */
export interface Node {
  database: Database;
  commits: GroupCommit;
  store: Store;
  roster: Roster;
  create(input?: object): Promise<CustomerJson>;
  update(id: string, patch: object, more?: object): ReturnType<Roster["customer"]["update"]>;
  get(id: string): Promise<CustomerJson>;
  close(): Promise<void>;
}

export interface NodeOptions extends GroupCommitOptions {
  /** The clock of the node. */
  now?: () => string;
}

/** Starts a node on an open database, which gets a tenant if it has none. */
export async function startNode(
  database: Database,
  { now = () => new Date().toISOString(), ...options }: NodeOptions = {},
): Promise<Node> {
  const commits = new GroupCommit(database, pino({ level: "silent" }), options);
  const store: Store = { database, commits, now };
  const roster = createRoster(store);
  if (await database.isEmpty()) await createFirstTenant(store, "test", "secret");
  return {
    database,
    commits,
    store,
    roster,
    create: (input = {}) => roster.customer.create(actor, parseCreate(customerFields, input)),
    update: (id, patch, more = {}) =>
      roster.customer.update(actor, parseUpdate(customerFields, { where: { id }, patch, ...more })),
    get: (id) => roster.customer.get(actor, [{ field: "id", value: id }], true),
    async close() {
      await commits.close();
      await database.close();
    },
  };
}

/** `fine`, the code of the refusal, or any other error. */
export const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "fine",
    (error: unknown) => (error instanceof RosterError ? error.code : error),
  );
