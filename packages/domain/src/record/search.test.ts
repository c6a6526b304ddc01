import { expect, test } from "vitest";
import { searchParts, searchRank, searchText, searchWords } from "./search.ts";

test.each([
  ["Anna  Ärmel", ["anna", "armel"]],
  ["anna ANNA", ["anna"]],
  ["a@x.example", ["a", "x", "example"]],
  ["+44 (0)20 7946-0182", ["4402079460182"]],
  ["020 7946", ["207946"]],
  ["0182", ["0182"]],
  ["ﬁne", ["fine"]],
  ["...", []],
])("the words of %j are %j", (letters, words) => {
  expect(searchWords(letters)).toEqual(words);
});

test("the words of a record are those of its searched values, each once", () => {
  const record = { name: "Anna Lee", firstName: "Anna", emails: ["lee@x.example"], groupTags: [], number: 7 };
  expect(searchText("customer", record)).toBe("  7  anna  lee  x  example  ");
});

test.each([
  ["anna", "words"],
  ["lee anna", "words"],
  ["ann", "beginnings"],
  ["nna ee7", undefined],
  ["nna xam", "anywhere"],
  ["an", "words"],
  ["nn", undefined],
])("%j matches by its %s", (letters, rank) => {
  expect(searchRank(searchWords(letters), "  7  anna  lee  x  example  ")).toBe(rank);
});

test("the parts that a text must contain grow with the rank", () => {
  expect(searchParts(["anna", "l"], "words")).toEqual(["  anna  ", "  l"]);
  expect(searchParts(["anna", "l"], "beginnings")).toEqual(["  anna", "  l"]);
  expect(searchParts(["anna", "l"], "anywhere")).toEqual(["anna", "  l"]);
});
