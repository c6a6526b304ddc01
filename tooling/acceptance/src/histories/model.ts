import type { ChangeEntry, JsonObject } from "@roster/domain";
import type { Door } from "./door.ts";
import { marksIn } from "./marks.ts";
import { applyTo, valueAt } from "./pointers.ts";
import { must, same } from "./wrong.ts";

export const types = ["customer", "user", "userGroup"] as const;
export type Type = (typeof types)[number];

/** A record as an answer shows it. */
export interface Shown extends JsonObject {
  id: string;
  version: number;
  deletedAt: string | null;
}

/** A row of the change log, as it is on the wire. */
export type Entry = Omit<ChangeEntry, "at"> & { at: string };

/** What the answers have said about one record. */
export interface Known {
  id: string;
  type: Type;
  /** Its log, oldest first. */
  log: Entry[];
  /** The record that its log leads to: the values that some change has set. Members are keys of `members`. */
  state: JsonObject;
  /** The record as it was answered while a version was the current one. */
  versions: Map<number, Snapshot>;
  /** The recognisable texts that have been in its log. */
  marks: Set<string>;
  erased: boolean;
}

export interface Snapshot {
  shown: Shown;
  /** The position of the log at which it was answered. */
  seq: number;
  /** Whether nothing had been changed between the version and the answer, so that its inherited values are of that moment. */
  prompt: boolean;
}

/** Fields that every version has anew, or that are of other records. */
const ofVersions = ["version", "updatedAt", "updatedBy"];
export const computed = ["computedProperties", "computedMapping"];

/** A record without some of its fields. */
export const without = (record: JsonObject, ...fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)));

/** The values of a record of its own, whatever its version. */
export const valuesOf = (record: JsonObject): JsonObject => without(record, ...ofVersions, ...computed);

/** The members of a user group after some changes, as the keys of an object. */
export function membersAfter(log: readonly Entry[]): JsonObject {
  const state: JsonObject = { members: {} };
  const isOfMember = ({ path }: { path: string }) => path.startsWith("/members/");
  for (const { changes } of log) applyTo(state, changes.filter(isOfMember));
  return state["members"] as JsonObject;
}

/**
 * Everything that the answers have said: it follows the change feed, and reads each changed record while its
 * new version is the current one.
 */
export class Model {
  readonly records = new Map<string, Known>();
  /** The whole change log. */
  readonly log: Entry[] = [];
  /** The position of the latest erasure of a customer. */
  lastErasure = 0;
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  get seq(): number {
    return this.log.length;
  }

  of(type: Type): Known[] {
    return [...this.records.values()].filter((known) => known.type === type);
  }

  live(type: Type): Known[] {
    return this.of(type).filter(({ id }) => this.current(id).deletedAt === null);
  }

  /** A record as it was answered after its latest change. */
  current(id: string): Shown {
    const known = this.records.get(id) as Known;
    return (known.versions.get((known.log.at(-1) as Entry).version) as Snapshot).shown;
  }

  /** Reads what has been changed, and checks that it continues what was known. @returns the new entries */
  async observe(): Promise<Entry[]> {
    const fresh: Entry[] = [];
    for (let more = true; more;) {
      const page = await this.#door.ask("change.list", { after: this.seq, limit: 1_000 });
      for (const entry of page["items"] as unknown as Entry[]) {
        same(entry.seq, this.seq + 1, "the seq of the next change");
        this.log.push(entry);
        fresh.push(entry);
      }
      more = page["more"] as boolean;
    }
    for (const entry of fresh) this.#continue(entry);
    const touched = new Set(fresh.map(({ recordId }) => recordId));
    for (const id of touched) {
      const known = this.records.get(id);
      if (known) await this.#read(known);
    }
    return fresh;
  }

  #continue(entry: Entry): void {
    const type = entry.recordType as Type;
    if (!types.includes(type)) return;
    const { recordId: id, version, changes } = entry;
    let known = this.records.get(id);
    if (!known) {
      known = {
        id,
        type,
        log: [],
        state: { ...initial[type] },
        versions: new Map(),
        marks: new Set(),
        erased: false,
      };
      this.records.set(id, known);
    }
    const what = `the change ${entry.seq} of ${type} ${id}`;
    same(version, (known.log.at(-1)?.version ?? 0) + 1, `the version of ${what}`);
    same(entry.action === "create", version === 1, `whether ${what} is its first`);
    must(!known.erased, `${what} comes after its erasure`);
    known.log.push(entry);
    for (const mark of marksIn(JSON.stringify(entry))) known.marks.add(mark);
    for (const { path, from } of changes) {
      const before = valueAt(known.state, path);
      const isUnset = version === 1 || (before === undefined && isEmpty(from));
      if (!isUnset) same(from, before, `what was at ${path} before ${what}`);
    }
    applyTo(known.state, changes);
    if (entry.action !== "erase") return;
    known.erased = true;
    if (type === "customer") this.lastErasure = entry.seq;
    // Only the fact that there were changes remains of them.
    for (const earlier of known.log)
      if (earlier !== entry) Object.assign(earlier, { changes: [], reason: null });
    known.state = {};
  }

  async #read(known: Known): Promise<void> {
    const { id, type, log, versions } = known;
    const latest = log.at(-1) as Entry;
    const shown = (await this.#door.ask(`${type}.get`, { where: { id }, deleted: true })) as Shown;
    const what = `${type} ${id} after the change ${latest.seq}`;
    same(shown.version, latest.version, `the version of ${what}`);
    same(shown["updatedAt"], latest.at, `the time of ${what}`);
    same(shown["updatedBy"], latest.actor, `the author of ${what}`);
    if (!known.erased) {
      for (const [name, value] of Object.entries(without(known.state, "members")))
        same(shown[name], value, `${name} of ${what}`);
      for (const [name, value] of Object.entries(valuesOf(shown)))
        if (!(name in known.state) && !assigned.has(name))
          must(isEmpty(value), `${name} of ${what} is ${JSON.stringify(value)}, which no change has set`);
    }
    versions.set(latest.version, { shown, seq: this.seq, prompt: latest.seq === this.seq });
  }
}

/** The values that a new record has without any change. */
const initial: Record<Type, JsonObject> = {
  customer: { isDemo: false },
  user: { active: true },
  userGroup: {},
};

/** Fields that Roster assigns, of which the log says nothing. */
const assigned = new Set(["id", "number", "token", "createdAt", "createdBy"]);

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);
