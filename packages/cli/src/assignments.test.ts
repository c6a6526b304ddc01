import { customerFields, userFields } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { parseAssignments, type Assigned } from "./assignments.ts";
import { UsageError } from "./usage-error.ts";

describe("assignments", () => {
  it.each<[string[], Assigned]>([
    [["name=Acme Ltd"], { patch: { name: "Acme Ltd" } }],
    [["name="], { patch: { name: "" } }],
    [["name=a=b", "job=x+=y"], { patch: { name: "a=b", job: "x+=y" } }],
    [["phone=null"], { patch: { phone: null } }],
    [['name="null"'], { patch: { name: "null" } }],
    [['name="Acme'], { patch: { name: '"Acme' } }],
    [
      ["isDemo=yes", "userId=7", "dateOfBirth=1987-03-14"],
      { patch: { isDemo: true, userId: 7, dateOfBirth: "1987-03-14" } },
    ],
    [
      ["properties.plan=pro", "properties.seats=5", 'properties.zip="01"', "properties.trial=null"],
      { patch: { properties: { plan: "pro", seats: 5, zip: "01", trial: null } } },
    ],
    [["properties.a.b=1", "properties.a.c=true"], { patch: { properties: { a: { b: 1, c: true } } } }],
    [["/properties/a.b~1c=x"], { patch: { properties: { "a.b/c": "x" } } }],
    [
      ["properties.zip:text=01234", "properties.n:text=5"],
      { patch: { properties: { zip: "01234", n: "5" } } },
    ],
    [['properties={"plan":"pro"}'], { patch: { properties: { plan: "pro" } } }],
    [['mapping:={"40":"213"}'], { replace: { mapping: { "40": "213" } } }],
    [
      ["emails+=a@x.example", "emails+=b@x.example;c@x.example"],
      { add: { emails: ["a@x.example", "b@x.example", "c@x.example"] } },
    ],
    [
      ["groupTags-=trial", "groupTags+=vip"],
      { add: { groupTags: ["vip"] }, remove: { groupTags: ["trial"] } },
    ],
    [["groupTags=a;b"], { patch: { groupTags: ["a", "b"] } }],
    [["groupTags="], { patch: { groupTags: [] } }],
  ])("%j are read", (words, expected) => {
    expect(parseAssignments(customerFields, words)).toEqual(expected);
  });

  it.each<[string[], string[]]>([
    [
      ["nmae=x", "phone"],
      [
        'nmae=x: there is no field "nmae"; did you mean name?',
        "phone: is not an assignment such as name=Acme",
      ],
    ],
    [["name+=x"], ["name+=x: only sets can be added to"]],
    [["name:=x"], ["name:=x: only JSON fields can be replaced"]],
    [
      ["email=ada@", "gender=f"],
      [
        "email=ada@: has no valid domain name after the @",
        'gender=f: Invalid option: expected one of "male"|"female"|"other"',
      ],
    ],
    [["version=3"], ["version=3: is set by Roster and cannot be written"]],
    [["name=a", "name=b"], ["name=b: is given twice"]],
    [["isDemo=perhaps"], ['isDemo=perhaps: "perhaps" is neither true nor false']],
    [["isDemo=null"], ["isDemo=null: must have a value; null is not allowed"]],
    [["properties.a+=1"], ["properties.a+=1: a key is set with =, as in properties.a=…"]],
    [["properties.a=1", "properties.a.b=1"], ["properties.a.b=1: is part of a value that is given too"]],
    [["emails+=no"], ["emails+=no: is not an email address: a name, @ and a domain"]],
    [["properties.__proto__=1"], ["properties.__proto__=1: this key is not allowed"]],
    [["groupTags+=a", "groupTags-=a"], ["groupTags+=a: is both added and removed"]],
  ])("%j are refused, with everything that is wrong", (words, problems) => {
    try {
      parseAssignments(customerFields, words);
      expect.fail("they were read");
    } catch (error) {
      expect((error as UsageError).problems).toEqual(problems);
    }
  });

  it("follow the fields of users too", () => {
    expect(parseAssignments(userFields, ["active=no", "lastSeen=2026-03-01T09:30:00Z"])).toEqual({
      patch: { active: false, lastSeen: "2026-03-01T09:30:00Z" },
    });
  });
});
