import { customerFields, userFields, type Fields } from "@roster/domain";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Server } from "../server.ts";
import { requests } from "./generate.ts";
import { oddValues } from "./odd-values.ts";
import { oddParts } from "./pointers.ts";
import type { Procedure } from "./procedures.ts";
import { Members, textOf, type Tree } from "./tree.ts";
import { makeWorld, startFuzzedServer, type World } from "./world.ts";

/** Fuzzing reaches only what the generator makes: each of these must occur. */

let server: Server;
let world: World;
beforeAll(async () => {
  server = await startFuzzedServer();
  world = await makeWorld(server);
});
afterAll(() => server.dispose());

const procedure = (path: string): Procedure => world.procedures.find((one) => one.path === path) as Procedure;

/** The maximum number of inputs made before the test gives up. */
const most = 40_000;

/** Makes inputs until they cover everything. @returns what they still miss */
function missingAmong(path: string, missing: (inputs: Members[]) => string[]): string[] {
  const inputs: Members[] = [];
  const arbitrary = world.inputs.of(procedure(path), true);
  for (let seed = 1; ; seed++) {
    inputs.push(...fc.sample(arbitrary, { numRuns: 2_000, seed }));
    const missed = missing(inputs);
    if (missed.length === 0 || inputs.length >= most) return missed;
  }
}

const member = (tree: Tree | undefined, name: string): Tree | undefined =>
  tree instanceof Members ? tree.entries.find(([key]) => key === name)?.[1] : undefined;

describe.each<[noun: string, fields: Fields]>([
  ["customer", customerFields],
  ["user", userFields],
])("requests about a %s", (noun, fields) => {
  it("name every field, places in every field, at every depth, and by every odd part", () => {
    const missed = missingAmong(`${noun}.revert`, (inputs) => {
      const pointers = new Set(
        inputs.flatMap((input) => (member(input, "field") as string | undefined) ?? []),
      );
      const parts = [...pointers].map((pointer) => pointer.split("/").slice(1));
      const below = new Set(parts.flatMap(([first = "", ...rest]) => (rest.length > 0 ? [first] : [])));
      const wanted: [what: string, isThere: boolean][] = [
        ...Object.keys(fields).flatMap((name): [string, boolean][] => [
          [name, pointers.has(name)],
          [`/${name}`, pointers.has(`/${name}`)],
          [`/${name}/…`, below.has(name)],
        ]),
        ...oddParts.map((odd): [string, boolean] => [
          `the part ${odd.slice(0, 20)}`,
          parts.some((all) => all.slice(1).includes(odd)),
        ]),
        ...[1, 2, 3, 4, 500].map((depth): [string, boolean] => [
          `depth ${depth}`,
          parts.some(({ length }) => length >= depth),
        ]),
        [
          "a name that is not a field",
          [...pointers].some((pointer) => !pointer.startsWith("/") && !Object.hasOwn(fields, pointer)),
        ],
        ...Object.keys(fields)
          .filter((name) => fields[name]?.kind === "date")
          .map((date): [string, boolean] => [
            `a character of ${date}`,
            parts.some(([name, next]) => name === date && /^\d+$/.test(next ?? "")),
          ]),
      ];
      return wanted.flatMap(([what, isThere]) => (isThere ? [] : [what]));
    });
    expect(missed).toEqual([]);
  });

  it("update it with a value of every kind for every field", () => {
    const writable = Object.keys(fields).filter((name) => fields[name]?.access === "write");
    expect(writable.length).toBeGreaterThan(5);
    const missed = missingAmong(`${noun}.update`, (inputs) => {
      const seen = new Set(
        inputs.flatMap((input) => {
          const patch = member(input, "patch");
          return patch instanceof Members
            ? patch.entries.map(([name, value]) => `${name} ${textOf(value)}`)
            : [];
        }),
      );
      return writable.flatMap((name) =>
        Object.entries(oddValues)
          .filter(([, values]) => !values.some((value) => seen.has(`${name} ${textOf(value)}`)))
          .map(([kind]) => `${name}: ${kind}`),
      );
    });
    expect(missed).toEqual([]);
  });
});

it("requests of every kind are actually sent", () => {
  const bodies = fc
    .sample(requests(world), { numRuns: 2_500, seed: 20_260_301 })
    .map(({ route, body }) => `${route} ${body ?? ""}`);
  const reverts = bodies.filter((text) => /^trpc \w+\.revert/.test(text));
  expect(reverts.some((text) => /"field":"\/\w+\//.test(text))).toBe(true);
  for (const text of ["9007199254740993", "2026-02-30", "NaN"])
    expect(
      bodies.some((body) => body.includes(text)),
      text,
    ).toBe(true);
});

it("inputs have only members that the server accepts, and all that it requires", () => {
  expect(procedure("customer.diff").takes.required.toSorted()).toEqual(["from", "to", "where"]);
  expect(procedure("user.list").takes.within["filter"]?.members).toContain("customer");
  expect(procedure("user.list").takes.within["filter"]?.members).not.toContain("groupTag");
  expect(procedure("customer.updateMany").takes.within["items"]?.required).toEqual(["where"]);
  for (const { path, takes } of world.procedures) {
    const inputs = fc.sample(world.inputs.of(procedure(path)), { numRuns: 200, seed: 1 });
    const names = new Set(inputs.flatMap(({ entries }) => entries.map(([name]) => name)));
    expect([...names].toSorted(), path).toEqual(takes.members.toSorted());
    for (const name of takes.required)
      expect(
        inputs.every((input) => member(input, name) !== undefined),
        `${path} ${name}`,
      ).toBe(true);
  }
});
