import { customerFields, userFields, type Fields } from "@roster/domain";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requests } from "./generate.ts";
import { inputOf } from "./inputs.ts";
import { oddValues } from "./odd-values.ts";
import { oddParts } from "./pointers.ts";
import { Members, textOf, type Tree } from "./tree.ts";

/** What hostile requests reach is only worth as much as what is made up: each of these must be. */

const sampled = (path: string, numRuns: number): Members[] =>
  fc.sample(inputOf(path, true), { numRuns, seed: 20_260_301 }) as Members[];
const member = (tree: Tree | undefined, name: string): Tree | undefined =>
  tree instanceof Members ? tree.entries.find(([key]) => key === name)?.[1] : undefined;

describe.each<[noun: string, fields: Fields]>([
  ["customer", customerFields],
  ["user", userFields],
])("requests about a %s", (noun, fields) => {
  it("name every field, places in every field, at every depth, and by every odd part", () => {
    const pointers = sampled(`${noun}.revert`, 3_000).map((input) => member(input, "field") as string);
    const parts = pointers.map((pointer) => pointer.split("/").slice(1));
    for (const name of Object.keys(fields)) {
      expect(pointers, name).toContain(name);
      expect(pointers, name).toContain(`/${name}`);
      expect(
        parts.some(([first, ...rest]) => first === name && rest.length > 0),
        name,
      ).toBe(true);
    }
    for (const odd of oddParts)
      expect(
        parts.some((all) => all.slice(1).includes(odd)),
        odd.slice(0, 20),
      ).toBe(true);
    for (const depth of [1, 2, 3, 4, 500]) expect(parts.some(({ length }) => length >= depth)).toBe(true);
    expect(pointers.some((pointer) => !pointer.startsWith("/") && !Object.hasOwn(fields, pointer))).toBe(
      true,
    );
    const dates = Object.keys(fields).filter((name) => fields[name]?.kind === "date");
    for (const date of dates)
      expect(parts.some(([name, next]) => name === date && /^\d+$/.test(next ?? ""))).toBe(true);
  }, 60_000);

  it("update it with a value of every kind for every field", () => {
    const seen = new Set(
      sampled(`${noun}.update`, 12_000).flatMap((input) => {
        const patch = member(input, "patch");
        return patch instanceof Members
          ? patch.entries.map(([name, value]) => `${name} ${textOf(value)}`)
          : [];
      }),
    );
    const writable = Object.entries(fields).filter(([, { access }]) => access === "write");
    expect(writable.length).toBeGreaterThan(5);
    const missed = writable.flatMap(([name]) =>
      Object.entries(oddValues)
        .filter(([, values]) => !values.some((value) => seen.has(`${name} ${textOf(value)}`)))
        .map(([kind]) => `${name}: ${kind}`),
    );
    expect(missed).toEqual([]);
  }, 60_000);
});

it("requests of every kind are sent, not only made up", () => {
  const bodies = fc
    .sample(requests([operation], {}), { numRuns: 2_500, seed: 20_260_301 })
    .map(({ route, body }) => `${route} ${body ?? ""}`);
  const reverts = bodies.filter((text) => /^trpc \w+\.revert/.test(text));
  expect(reverts.some((text) => /"field":"\/\w+\//.test(text))).toBe(true);
  for (const text of ["9007199254740993", "2026-02-30", "NaN"])
    expect(
      bodies.some((body) => body.includes(text)),
      text,
    ).toBe(true);
}, 60_000);

const operation = {
  method: "PUT",
  path: "/customers/{id}",
  parameters: [],
  body: { "application/json": { type: "object", properties: { name: { type: "string" } } } },
  auth: { header: "Authorization", scheme: "Bearer" },
  answers: new Map(),
};
