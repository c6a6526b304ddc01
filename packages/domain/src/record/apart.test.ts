import { describe, expect, test } from "vitest";
import { standaloneContext } from "../standalone.ts";
import { accepted } from "../testing/records.ts";
import { createUserGroup, userGroupRules } from "../user-group/user-group-update.ts";
import { userGroupFields } from "../user-group/user-group.ts";
import { entryChanges } from "./apart.ts";
import { apply, inverse, type Change } from "./change.ts";
import { decideRevert, decideUpdate } from "./decide.ts";
import type { LoggedChange } from "./history.ts";
import { parseCreate, parseRevert, parseUpdate } from "./parse.ts";
import { rewind, withLog } from "./rewind.ts";

/** Sets that are kept apart from their record: the members of a user group. */

const id = "0197b8a0-0000-7000-8000-0000000000aa";
const standalone = standaloneContext(new Date("2026-01-01T00:00:00.000Z"), "token:t");
/** A context in which a group has these members, and everyone but `nobody` exists. */
const having = (members: readonly string[]) => ({
  ...standalone,
  entries: (_id: string, _field: string, among: readonly string[] | undefined) =>
    among === undefined ? members : among.filter((one) => members.includes(one)),
  existing: (_reference: string, named: readonly string[]) =>
    new Set(named.filter((one) => one !== "nobody")),
});
const group = accepted(
  createUserGroup(id, parseCreate(userGroupFields, { displayName: "Staff" }), standalone),
).next;
const update = (input: object, members: readonly string[]) =>
  decideUpdate(
    userGroupRules,
    group,
    parseUpdate(userGroupFields, { where: { id }, ...input }),
    having(members),
  );
const member = (name: string, change: Omit<Change, "path">): Change => ({
  path: `/members/${name}`,
  ...change,
});
const added = (name: string) => member(name, { to: true });
const removed = (name: string) => member(name, { from: true });

describe("an update of a set that is kept apart", () => {
  test.each<[string, object, string[], Change[]]>([
    ["adds what is not there", { add: { members: ["a", "b"] } }, ["a"], [added("b")]],
    ["removes what is there", { remove: { members: ["a", "b"] } }, ["a"], [removed("a")]],
    ["replaces all", { patch: { members: ["b", "c"] } }, ["a", "b"], [removed("a"), added("c")]],
    ["does nothing twice", { add: { members: ["a", "a"] } }, ["a"], []],
  ])("%s, entry by entry", (_, input, members, changes) => {
    const { record, ...decided } = accepted(update(input, members));
    expect(decided).toEqual({ changes, applied: changes.length > 0 });
    expect(record).not.toHaveProperty("members");
  });

  test("refuses entries that name no record, each at its place", () => {
    expect(update({ add: { members: ["a", "nobody"] } }, [])).toMatchObject({
      faults: [{ pointer: "/add/members/1", code: "not_found" }],
    });
  });

  test("is asked about its own entries only", () => {
    const asked: unknown[] = [];
    const context = {
      ...having([]),
      entries: (_id: string, _field: string, among: readonly string[] | undefined) => {
        asked.push(among);
        return [];
      },
    };
    decideUpdate(
      userGroupRules,
      group,
      parseUpdate(userGroupFields, { where: { id }, add: { members: ["a"] } }),
      context,
    );
    expect(asked).toEqual([["a"]]);
  });
});

describe("the log of a set that is kept apart", () => {
  const entry = (version: number, changes: Change[]) => ({ version, changes }) as LoggedChange;
  const log = [
    entry(2, [added("a"), added("b")]),
    entry(3, [removed("a"), { path: "/displayName", from: "Staff", to: "All" }]),
    entry(4, [added("a"), added("c")]),
  ];
  const now = { ...group, version: 4, displayName: "All" };

  test("changes no record, and leads to the entries that differ", () => {
    expect(apply(now, [added("a")])).toEqual(now);
    const then = rewind(now, log.slice(1).toReversed());
    expect(then).toEqual({ ...now, displayName: "Staff" });
    expect(JSON.stringify(then)).not.toContain("members");
    // Member a was there, left and came back.
    expect(entryChanges(then)).toEqual([removed("c")]);
    expect(entryChanges(rewind(now, log.toReversed()))).toEqual([removed("c"), removed("a"), removed("b")]);
    expect(inverse([added("a")])).toEqual([removed("a")]);
  });

  test("is taken back by a revert, as a whole or for one entry", () => {
    const context = { ...having(["a", "b", "c"]), ...withLog(log) };
    const revert = (input: object) =>
      accepted(
        decideRevert(userGroupRules, now, parseRevert(userGroupFields, { where: { id }, ...input }), context),
      );
    expect(revert({ to: 3 }).changes).toEqual([removed("c"), removed("a")]);
    expect(revert({ to: 2 }).changes).toEqual([
      { path: "/displayName", from: "All", to: "Staff" },
      removed("c"),
    ]);
    expect(revert({ to: 3, field: "/members/a" }).changes).toEqual([removed("a")]);
    expect(
      revert({ to: 1, field: "members" }).changes.toSorted((x, y) => (x.path < y.path ? -1 : 1)),
    ).toEqual([removed("a"), removed("b"), removed("c")]);
  });
});
