import { assert, constantFrom, nat, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { customerFields } from "../customer/customer.ts";
import { nearestName } from "./nearest-name.ts";

const names = Object.keys(customerFields);
const nearest = nearestName(names);

describe("the nearest name", () => {
  test.each([
    ["emial", "email"],
    ["emai", "email"],
    ["lastNam", "lastName"],
    ["fristName", "firstName"],
    ["LastNmae", "lastName"],
    ["adress", "address"],
    ["phoen", "phone"],
    ["date_of_brith", "dateOfBirth"],
    ["providedIds", "providedId"],
    ["propertys", "properties"],
    ["first-name", "firstName"],
  ])("of %s is %s", (wrong, right) => {
    expect(nearest(wrong)).toBe(right);
  });

  test.each([
    "",
    "x",
    "ab",
    "noSuchField",
    "favouriteColour",
    "__proto__",
    "constructor",
    "email".repeat(1000),
  ])("of %j does not exist", (wrong) => {
    expect(nearest(wrong)).toBeUndefined();
  });

  test("is the one with the fewest mistakes", () => {
    expect(nearestName(["abcdefgh", "abcdefxy"])("abcdefxz")).toBe("abcdefxy");
  });

  test("is found for every name with one letter exchanged, missing or added", () => {
    const mistyped = tuple(constantFrom(...names), nat(), constantFrom("swap", "drop", "add")).map(
      ([name, n, how]) => {
        const i = n % (name.length - 1);
        const [a, b] = [name.charAt(i), name.charAt(i + 1)];
        const put = how === "swap" ? b + a : how === "drop" ? b : `${a}q${b}`;
        return name.slice(0, i) + put + name.slice(i + 2);
      },
    );
    assert(
      property(mistyped, (wrong) => {
        if (wrong.length >= 3) expect(names).toContain(nearest(wrong));
      }),
    );
  });
});

test("very many wrong names are handled fast", () => {
  const wrong = Array.from({ length: 20_000 }, (_, i) => `emai${i}name`);
  const begun = process.cpuUsage();
  for (const name of wrong) nearest(name);
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1000).toBeLessThan(2_000);
});
