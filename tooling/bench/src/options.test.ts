import { expect, it } from "vitest";
import { readOptions } from "./options.ts";

it("by default, everything is measured several times for some seconds", () => {
  const options = readOptions([]);
  expect(options).toMatchObject({
    command: "npm run bench",
    quick: false,
    rounds: 5,
    seconds: 3,
    install: true,
  });
  expect(options.sizes.large).toBe(1_000_000);
  expect(options.sizes.tree.children * (1 + options.sizes.tree.each)).toBe(100_000);
  expect(options.only.test("anything")).toBe(true);
});

it("the options select the measurements", () => {
  const options = readOptions(["--rounds", "2", "--seconds", "0.5", "--only", "GET", "--json", "f.json"]);
  expect(options).toMatchObject({ rounds: 2, seconds: 0.5, json: "f.json" });
  expect(options.command).toBe("npm run bench -- --rounds 2 --seconds 0.5 --only GET");
  expect(options.only.test("get Get, 32 connections")).toBe(true);
  expect(options.only.test("update-1")).toBe(false);
});

it("the quick form installs nothing", () => {
  expect(readOptions(["--quick"])).toMatchObject({ quick: true, install: false, rounds: 1 });
});

it.each([
  [["--rounds", "0"], "--rounds must be a number above 0, not 0"],
  [["--rounds", "1.5"], "--rounds"],
  [["--seconds", "soon"], "--seconds must be a number above 0, not soon"],
  [["--fast"], "--fast"],
])("refuses %j", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
