import { expect, expectTypeOf, it } from "vitest";
import { entities } from "../index.ts";
import type { DB } from "./queries/build.ts";

it("tables and columns have the types of the field policies", () => {
  expectTypeOf<DB["customers"]["name"]>().toEqualTypeOf<string | null>();
  expectTypeOf<DB["customers"]["gender"]>().toEqualTypeOf<"male" | "female" | "other" | null>();
  expectTypeOf<DB["customers"]["version"]>().toEqualTypeOf<number>();
  expectTypeOf<DB["customers"]["is_demo"]>().toEqualTypeOf<boolean | number>();
  expectTypeOf<DB["customers"]["properties"]>().toEqualTypeOf<string | null>();
  expectTypeOf<DB["change_log"]["prev_seq"]>().toEqualTypeOf<number | null>();
  expectTypeOf<DB["customers"]>().not.toHaveProperty("computed_properties");
  expectTypeOf<DB>().not.toHaveProperty("customer");
});

it("the entities are the same on both databases, but for the types of their columns", async () => {
  const [sqlite, postgres] = await Promise.all([entities("sqlite"), entities("postgres")]);
  const shape = (of: typeof sqlite) =>
    Object.values(of).map(({ meta }) => [meta.className, meta.tableName, Object.keys(meta.properties)]);
  expect(shape(sqlite)).toEqual(shape(postgres));
  expect(sqlite.customer.meta.properties.number.columnTypes).toEqual(["integer"]);
  expect(postgres.customer.meta.properties.number.columnTypes).toEqual(["bigint"]);
});
