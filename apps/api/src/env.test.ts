import { expect, it } from "vitest";
import { printable, readEnv } from "./env.ts";

it.each(["sqlite:.data/roster.db", "postgres://u:p@h:5432/d?sslmode=require", "postgresql:///d"])(
  "DATABASE_URL may be %s",
  (url) => {
    expect(readEnv({ DATABASE_URL: url }).databaseUrl).toBe(url);
  },
);

it.each(["sqlite:", "sqlite://x", "mysql://h/d", "postgres:d", "h:5432", "postgres://"])(
  "DATABASE_URL may not be %s",
  (url) => {
    expect(() => readEnv({ DATABASE_URL: url })).toThrow(
      /^DATABASE_URL must be sqlite: .+ or .+postgres:\/\//,
    );
  },
);

it.each([
  ["postgres://u:secret@h/d", "postgres://u:***@h/d"],
  ["postgres://u:se:cr@et@h/d", "postgres://u:***@h/d"],
  ["postgres://:secret@h/d", "postgres://:***@h/d"],
  ["postgresql://h/d?user=u&password=secret&x=y", "postgresql://h/d?user=u&password=***&x=y"],
  ["postgres://u@h/d", "postgres://u@h/d"],
  ["postgres://h:5432/d", "postgres://h:5432/d"],
  ["postgres://h:5432/d?application_name=a@b", "postgres://h:5432/d?application_name=a@b"],
  ["sqlite:a:b@c.db", "sqlite:a:b@c.db"],
])("the address %s is printed as %s", (url, printed) => {
  expect(printable(url)).toBe(printed);
});
