import { expect, it } from "vitest";
import { KeyTable } from "./key-table.ts";

it("knows which keys occurred, and which occurred twice, among many similar ones", () => {
  const table = new KeyTable();
  const key = (i: number) => `customer-${i}@x.example`;
  for (let i = 0; i < 200_000; i++) expect(table.add(key(i))).toBe(false);
  for (let i = 0; i < 200_000; i += 1_000) expect(table.add(key(i))).toBe(true);
  for (let i = 0; i < 200_000; i++) {
    if (table.isRepeated(key(i)) !== (i % 1_000 === 0) || !table.has(key(i))) expect.fail(key(i));
  }
  for (let i = 200_000; i < 400_000; i++) if (table.has(key(i))) expect.fail(key(i));
});

it("distinguishes keys that differ only in the order or case of their characters", () => {
  const table = new KeyTable();
  const keys = ["ab", "ba", "aB", "", "\u0000", "aa", "a", "😀", "\ud83d"];
  for (const key of keys) expect(table.add(key), key).toBe(false);
  for (const key of keys) expect(table.isRepeated(key), key).toBe(false);
});
