import type { JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { parseFilters } from "./filters.ts";
import type { UsageError } from "./usage-error.ts";

describe("conditions", () => {
  it.each<[string[], JsonObject]>([
    [[], {}],
    [["addressCity=Lyon"], { addressCity: { equals: "Lyon" } }],
    [["gender=male;female"], { gender: { in: ["male", "female"] } }],
    [['job="a;b"'], { job: { equals: "a;b" } }],
    [["phone=null", "email=*"], { phone: { present: false }, email: { present: true } }],
    [
      ["dateOfBirth>=1980-01-01", "dateOfBirth<1990-01-01"],
      { dateOfBirth: { gte: "1980-01-01", lt: "1990-01-01" } },
    ],
    [["lastName^=Lov"], { lastName: { startsWith: "Lov" } }],
    [["groupTags=vip", "groupTags=eu"], { groupTags: { contains: ["vip", "eu"] } }],
    [["isDemo=no", "userId>5"], { isDemo: { equals: false }, userId: { gt: 5 } }],
    [
      ["properties.plan=pro", "properties.seats>=5"],
      { properties: { "/plan": { equals: "pro" }, "/seats": { gte: 5 } } },
    ],
  ])("%j are a filter", (words, expected) => {
    expect(parseFilters("customer", words)).toEqual(expected);
  });

  it.each<[string[], string[]]>([
    [
      ["city=Lyon", "x"],
      ["city=Lyon: city cannot be a condition", "x: is not a condition such as addressCity=Lyon"],
    ],
    [["emial=a@x.example"], ["emial=a@x.example: emial cannot be a condition; did you mean email?"]],
    [["isDemo>no"], ["isDemo>no: a boolean has no condition >"]],
    [["email=ada"], ["email.equals: is not an email address: a name, @ and a domain"]],
    [["isDemo=perhaps"], ['isDemo=perhaps: "perhaps" is neither true nor false']],
    [["addressCity=a", "addressCity=b"], ["addressCity=b: addressCity has this condition already"]],
  ])("%j are refused, with everything that is wrong", (words, problems) => {
    try {
      parseFilters("customer", words);
      expect.fail("they were read");
    } catch (error) {
      expect((error as UsageError).problems).toEqual(problems);
    }
  });

  it("of users know their names", () => {
    expect(parseFilters("user", ["name^=ada", "active=yes"])).toEqual({
      name: { startsWith: "ada" },
      active: { equals: true },
    });
  });
});
