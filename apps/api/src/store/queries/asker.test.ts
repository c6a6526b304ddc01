import { expect, it } from "vitest";
import { postgres } from "../postgres/dialect.ts";
import { sqlite } from "../sqlite/dialect.ts";
import { shape } from "./asker.ts";

it("keeps the statements in use, and not all there ever were: updates alone have more shapes than there is memory", () => {
  const made: string[] = [];
  const statement = shape((dialect, fields: string) => made.push(`${dialect.name} ${fields}`));
  for (let i = 0; i < 5_000; i++) {
    statement(sqlite, `rare ${i}`);
    statement(sqlite, "usual");
    statement(postgres, "usual");
  }
  expect(made).toHaveLength(5_002);
  statement(sqlite, "rare 4999");
  expect(made).toHaveLength(5_002);
  statement(sqlite, "rare 0");
  expect(made.at(-1)).toBe("sqlite rare 0");
  expect(made).toHaveLength(5_003);
});
