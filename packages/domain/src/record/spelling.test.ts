import { describe, expect, test } from "vitest";
import type { CustomerContext } from "../customer/customer-update.ts";
import { mergeChoices, mergeInto } from "../customer/merge.ts";
import type { StoredCustomer } from "../customer/customer.ts";
import { accepted, customers, later, refused, users, wrong } from "../testing/records.ts";

/** A text field that keeps the spelling of a country. */

const known: Record<string, string> = { Brazil: "BR", BR: "BR", "Viet Nam": "VN", VN: "VN" };
const context: CustomerContext = { ...later, country: (written) => known[written] };

type Country = [code: string | null, words: string | null];
const make = ([addressCountry, addressCountryAsWritten]: Country): StoredCustomer =>
  accepted(customers.create({ addressCountry, addressCountryAsWritten }, context)).next;
const countryOf = ({ addressCountry, addressCountryAsWritten }: StoredCustomer): Country => [
  addressCountry,
  addressCountryAsWritten,
];

describe("the spelling of a country", () => {
  test.each<[before: Country, patch: { code?: string | null; words?: string | null }, after: Country]>([
    [[null, null], { words: "Brazil" }, ["BR", "Brazil"]],
    [[null, null], { words: "Narnia" }, [null, "Narnia"]],
    [[null, null], { words: "" }, [null, ""]],
    [["VN", null], { words: "Narnia" }, [null, "Narnia"]],
    [["VN", "Viet Nam"], { words: "Brazil" }, ["BR", "Brazil"]],
    // The spelling is not kept if it equals the code.
    [["VN", "Viet Nam"], { words: "VN" }, ["VN", null]],
    [["VN", null], { words: "VN" }, ["VN", null]],
    [["VN", "Viet Nam"], { words: null }, ["VN", null]],
    [["VN", "Viet Nam"], { code: "VN" }, ["VN", "Viet Nam"]],
    [["VN", "Viet Nam"], { code: "BR" }, ["BR", null]],
    [["VN", "Viet Nam"], { code: null }, [null, null]],
    [[null, "Narnia"], { code: null }, [null, null]],
    [[null, "Narnia"], { code: "BR" }, ["BR", null]],
    [["VN", "Viet Nam"], { code: "BR", words: "Brazil" }, ["BR", "Brazil"]],
    [["VN", "Viet Nam"], { code: null, words: "Narnia" }, [null, "Narnia"]],
    [["VN", "Viet Nam"], { code: "BR", words: null }, ["BR", null]],
  ])("goes from %j with %j to %j", (before, { code, words }, after) => {
    const patch = { addressCountry: code, addressCountryAsWritten: words };
    const { next } = accepted(customers.update(make(before), { patch }, context));
    expect(countryOf(next)).toEqual(after);
    const back = { addressCountry: after[0], addressCountryAsWritten: after[1] };
    for (const again of [patch, back]) {
      expect(accepted(customers.update(next, { patch: again }, context)).next).toBe(next);
    }
  });

  test("is refused beside the code of another country", () => {
    const patch = { addressCountry: "BR", addressCountryAsWritten: "Viet Nam" };
    const outcome = customers.update(make([null, null]), { patch }, context);
    expect(wrong(refused(outcome).faults)).toEqual(["/patch/addressCountryAsWritten ambiguous"]);
  });

  test("stays as it is even if it now stands for another country", () => {
    const record = make([null, "Narnia"]);
    const wiser = {
      ...context,
      country: (written: string) => (written === "Narnia" ? "BR" : known[written]),
    };
    const patch = { addressCountryAsWritten: "Narnia", name: "Lucy" };
    const { next } = accepted(customers.update(record, { patch }, wiser));
    expect(countryOf(next)).toEqual([null, "Narnia"]);
  });

  test("is kept for users too", () => {
    const { next } = accepted(users.create({ countryAsWritten: "Brazil" }, context));
    expect([next.country, next.countryAsWritten]).toEqual(["BR", "Brazil"]);
  });
});

describe("a merge", () => {
  test.each<[into: Country, from: Country, prefer: "into" | "from" | undefined, result: Country]>([
    [["BR", null], [null, "Narnia"], undefined, ["BR", null]],
    [["BR", null], ["VN", "Viet Nam"], undefined, ["BR", null]],
    [["BR", null], ["VN", "Viet Nam"], "from", ["VN", "Viet Nam"]],
    [["BR", "Brazil"], ["VN", null], "from", ["VN", null]],
    [[null, null], ["VN", "Viet Nam"], undefined, ["VN", "Viet Nam"]],
    [[null, null], [null, "Narnia"], undefined, [null, "Narnia"]],
    [[null, "Narnia"], [null, "Calormen"], undefined, [null, "Narnia"]],
    [[null, "Narnia"], [null, "Calormen"], "from", [null, "Calormen"]],
    [[null, "Narnia"], ["VN", "Viet Nam"], undefined, ["VN", "Viet Nam"]],
    [[null, "Narnia"], ["VN", "Viet Nam"], "into", [null, "Narnia"]],
  ])("of %j and %j, preferring %j, results in %j", (into, from, prefer, result) => {
    const survivor = make(into);
    const choices = mergeChoices(survivor, make(from), prefer ? { addressCountry: prefer } : {}, context);
    expect(countryOf(accepted(mergeInto(survivor, choices, context)).next)).toEqual(result);
  });
});
