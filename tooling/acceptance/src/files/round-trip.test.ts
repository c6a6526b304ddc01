import type { RosterClient } from "@roster/client";
import type { FileType } from "@roster/client/import";
import { customerFields, fieldsWhere, userFields, type Fields, type JsonObject } from "@roster/domain";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { patchOf } from "../../../../packages/domain/src/testing/arbitraries.ts";
import { useServer } from "../use-server.ts";
import { exported, imported, newTenant } from "./tenants.ts";

const { server } = useServer({}, { mayLogErrors: false });

const tags = ["red", "green", "blue", "Blue", "a;b", "[x]", "=1"];
/** Texts that files and spreadsheets are likely to change. */
const hostile = [
  "",
  "'",
  "''",
  "'=x",
  "=1+1",
  "+1+1",
  "-1",
  "@x",
  "a\r\nb",
  "\r",
  " pad ",
  "\t",
  "null",
  "true",
  "0123",
  '"',
  'a,"b";c',
  "\ufeffx",
  "{}",
  "😀",
  "é",
];

/** Writable fields without those that name records by numbers, which another tenant has not. */
const portable = (fields: Fields) =>
  fieldsWhere(
    fields,
    ({ access, refers }) =>
      access === "write" && refers !== "channel" && refers !== "user" && refers !== "customer",
  );

/** Any record: a value or none for each field, and texts that are hard to write. */
const recordOf = (fields: Fields): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(
      patchOf(fields),
      fc.record(
        Object.fromEntries(
          fieldsWhere(
            fields,
            ({ kind, access, unique, refers, spells }) =>
              kind === "text" && access === "write" && !unique && !refers && !spells,
          ).map((name) => [name, fc.constantFrom(...hostile)]),
        ),
        { requiredKeys: [] },
      ),
      fc.subarray(tags),
      fc.constantFrom("pro", "=pro", 5, "5", true, null, { "a.b": ["x", 1, null] }, "", '"'),
    )
    .map(([patch, texts, groupTags, plan]) => {
      const values: Record<string, unknown> = { ...patch, ...texts };
      for (const [name, value] of Object.entries(values)) {
        if (!portable(fields).includes(name) || value === null || value === undefined) delete values[name];
      }
      if ("groupTags" in fields)
        Object.assign(values, { groupTags, properties: { ...(values["properties"] as object), plan } });
      return values as JsonObject;
    });

/** Makes what records refer to. */
async function furnish(client: RosterClient, records: readonly JsonObject[]): Promise<void> {
  await client.hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Company", "Site"] });
  const groups = [...new Set(records.flatMap((record) => record["accessGroup"] ?? []))] as string[];
  await Promise.all([
    ...tags.map((name) => client.groupTag.create.mutate({ name })),
    ...groups.map((name) => client.accessGroup.create.mutate({ name })),
  ]);
}

/** Creates what Roster takes of the records, each with an id of its own. @returns how many */
async function create(client: RosterClient, type: FileType, records: readonly JsonObject[]): Promise<number> {
  const own = type === "customer" ? "providedId" : "username";
  const items = records.map((record, i) => ({
    ...record,
    [own]: `${i}-${JSON.stringify(record[own] ?? "=x")}`,
    ...(type === "customer" && { referenceId: `r${i}`, hierarchyLevel: i % 7 === 0 ? "Group" : "Site" }),
  }));
  const created = await client[type].createMany.mutate({ items, mode: "independent" } as never);
  if (type === "user") return created.created;
  // Children before and after their parents.
  const made = await client.customer.list.query({ limit: 200 });
  const parents = made.items.filter(({ hierarchyLevel }) => hierarchyLevel === "Group");
  const children = made.items.filter(({ hierarchyLevel }) => hierarchyLevel === "Site");
  const moves = children.flatMap(({ id }, i) =>
    i % 2 ? [{ where: { id }, patch: { parent: parents[i % parents.length]?.id } }] : [],
  );
  if (parents.length > 0 && moves.length > 0) await client.customer.updateMany.mutate({ items: moves });
  return created.created;
}

const sorted = (text: string): string[] => text.split("\n").toSorted();

describe.each<[FileType, Fields, string]>([
  ["customer", customerFields, "providedId"],
  ["user", userFields, "username"],
])("any %ss", (type, fields, key) => {
  it("that are exported and imported into an empty tenant are equal, and imported again change nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(recordOf(fields), { minLength: 8, maxLength: 40 }), async (records) => {
        const source = await newTenant(server);
        await furnish(source, records);
        const count = await create(source, type, records);
        const compared = [...portable(fields), ...("parent" in fields ? ["parent", "properties.plan"] : [])];
        // JSON Lines hold everything without a notation of their own, so they are what is compared.
        const original = sorted((await exported(source, { type, format: "jsonl", fields: compared })).text);
        expect(original).toHaveLength(count + 1);
        for (const format of ["csv", "jsonl"] as const) {
          const { text } = await exported(source, { type, format });
          const target = await newTenant(server);
          await furnish(target, records);
          const result = await imported(target, text, { type, key });
          expect(result).toMatchObject({ counts: [count, 0, 0, 0], file: "" });
          expect(sorted((await exported(target, { type, format: "jsonl", fields: compared })).text)).toEqual(
            original,
          );
          for (const by of ["id", key]) {
            expect((await imported(source, text, { type, key: by })).counts).toEqual([0, 0, count, 0]);
          }
        }
      }),
      { numRuns: 2 },
    );
  });
});

it("columns of properties come back with their types", async () => {
  const source = await newTenant(server);
  const values = ["pro", "5", 5, true, "true", null, [1], { a: 1 }, "=1", ""];
  await source.customer.createMany.mutate({
    items: values.map((plan, i) => ({ providedId: `c${i}`, properties: { plan } })),
  });
  for (const format of ["csv", "jsonl"] as const) {
    const { text } = await exported(source, {
      type: "customer",
      format,
      fields: ["providedId", "properties.plan"],
    });
    expect((await imported(source, text)).counts).toEqual([0, 0, values.length, 0]);
  }
});
