import { afterAll, expect, it } from "vitest";
import { Connection } from "./connection.ts";

const connection = new Connection(":memory:");
afterAll(() => connection.handle.close());

it("a connection prepares a statement once", () => {
  expect(connection.prepare("select 1")).toBe(connection.prepare("select 1"));
});

it("a connection keeps a bounded number of prepared statements", () => {
  const first = connection.prepare("select 'first'");
  for (let i = 0; i < 1_100; i++) connection.get(`select ${i}`);
  expect(connection.prepare("select 'first'")).not.toBe(first);
  expect(first.get()).toEqual(["first"]);
});
