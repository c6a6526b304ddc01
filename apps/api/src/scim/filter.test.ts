import type { JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { urns, userType } from "./attributes.ts";
import { readFilter, readTarget } from "./filter.ts";
import { fits } from "./match.ts";
import { ScimError } from "./scim-error.ts";

const E = urns.enterprise;

const user: JsonObject = {
  schemas: [urns.user, E],
  id: "0197b8a0-0000-7000-8000-0000000000aa",
  externalId: "Ext-1",
  userName: "Ann@Example.com",
  displayName: 'Ann "the" Lee (CEO)',
  active: true,
  name: { givenName: "Ann", familyName: "Strauß" },
  emails: [
    { value: "ann@example.com", type: "work", primary: true },
    { value: "ann@home.example", type: "home" },
  ],
  groups: [
    { value: "g1", display: "Staff" },
    { value: "0197b8a0-0000-7000-8000-0000000000bb", display: "Guides" },
  ],
  meta: { resourceType: "User", lastModified: "2026-03-01T10:00:00.000Z" },
  [E]: { department: "Tours", employeeNumber: "7", manager: { value: "0197", displayName: "Bo" } },
  "urn:own:Thing": { tag: "x" },
};

const holds = (filter: string): boolean => fits(readFilter(filter, userType), user);

describe("a filter", () => {
  it.each([
    ['userName eq "ann@example.com"'],
    ['USERNAME EQ "ANN@EXAMPLE.COM"'],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann@example.com"'],
    ['userName ne "bo"'],
    ['userName co "@EXAMPLE"'],
    ['userName sw "ann"'],
    ['userName ew ".com"'],
    ["userName pr"],
    ["not (title pr)"],
    ['userName gt "a" and userName lt "b"'],
    ['userName ge "ann@example.com" and userName le "ann@example.com"'],
    ['name.familyName eq "STRAUSS"'],
    ['displayName co "\\"the\\" Lee (CEO)"'],
    ['externalId eq "Ext-1"'],
    ['id eq "0197B8A0-0000-7000-8000-0000000000AA"'],
    ["active eq true"],
    ['active eq "True"'],
    ["active eq True"],
    ["title eq null"],
    ["userName ne null"],
    ['emails eq "ann@home.example"'],
    ['emails.value eq "ann@home.example"'],
    ['emails[type eq "work" and value co "@example.com"]'],
    ['emails[type eq "work"]'],
    ['emails[type eq "work"].value eq "ANN@example.com"'],
    ['emails[type eq "work"].value sw "ann" and active eq true'],
    ['emails[primary eq "True"]'],
    ['emails[not (type eq "work")]'],
    ['groups[value eq "g1"]'],
    ['groups[value eq "0197B8A0-0000-7000-8000-0000000000BB"]'],
    ['groups.value eq "0197B8A0-0000-7000-8000-0000000000BB"'],
    ['groups.display eq "staff"'],
    [`${E}:department eq "tours"`],
    [`${E}:manager eq "0197"`],
    [`${E}:manager.displayName eq "bo"`],
    [`${E.toUpperCase()}:DEPARTMENT pr`],
    [`${E}:employeeNumber eq 7`],
    [`schemas eq "${E}"`],
    ['urn:own:Thing:tag eq "x"'],
    ['meta.lastModified eq "2026-03-01T10:00:00Z"'],
    ['meta.lastModified ge "2026-03-01T11:00:00.0000000+01:00"'],
    ['meta.lastModified lt "2026-03-01T10:00:00.0010000Z"'],
    ['meta.resourceType eq "User"'],
    // `and` binds before `or`, and `not` before both.
    ['userName eq "bo" and title pr or active eq true'],
    ['active eq true or userName eq "bo" and title pr'],
    ['not (userName eq "bo") and active eq true'],
    ['(userName eq "bo" or userName sw "ann") and (active eq true)'],
    ["userName sw Ann"],
    ['unknown eq "x" or userName pr'],
  ])("%s fits", (filter) => {
    expect(holds(filter)).toBe(true);
  });

  it.each([
    ['userName eq "bo"'],
    ['externalId eq "ext-1"'],
    ["title pr"],
    ['title eq ""'],
    ["active eq false"],
    ["active ne true"],
    // One element has the type, another the value.
    ['emails[type eq "home" and value co "@example.com"]'],
    ['emails[type eq "other"]'],
    ['emails[type eq "home"].value eq "ann@example.com"'],
    ['emails ne "ann@example.com"'],
    ['nickName gt "a"'],
    ['meta.lastModified gt "2026-03-01T10:00:00Z"'],
    ['meta.lastModified gt "2026-03-01T10:00:00.0009999Z"'],
    ['unknown eq "x"'],
    ['userName eq "bo" and (title pr or active eq true)'],
  ])("%s does not fit", (filter) => {
    expect(holds(filter)).toBe(false);
  });

  it.each([
    ["", "attribute"],
    ["userName", "no operator"],
    ["userName is 5", "is, which is no operator"],
    ["userName eq", "no value"],
    ['userName eq "a', "no value"],
    ['userName eq "\\x"', "no JSON"],
    ['(userName eq "a"', "lacks a )"],
    ['emails[type eq "a"', "lacks a ]"],
    ['userName eq "a" userName', "goes on"],
    ['userName eq "a" and', "attribute"],
    ["active gt true", "true or false"],
    ['active eq "yes"', "neither true nor false"],
    ["userName gt null", "null"],
    ['meta.created gt "yesterday"', "no instant"],
    [`${"(".repeat(60)}userName pr${")".repeat(60)}`, "nested deeper"],
    ["a".repeat(10_001), "more than 10000 characters"],
  ])("%s is refused with its reason", (filter, reason) => {
    expect(() => readFilter(filter, userType)).toThrow(
      expect.objectContaining({
        scimType: "invalidFilter",
        message: expect.stringContaining(reason) as string,
      }),
    );
  });
});

describe("a path", () => {
  it.each([
    ["name.familyname", { name: "name", sub: "familyName" }],
    ["NAME", { name: "name" }],
    [`${E}:manager.value`, { urn: E, name: "manager", sub: "value" }],
    [E, { urn: E }],
    ["urn:own:Thing:tag", { urn: "urn:own:Thing", name: "tag" }],
    ['emails[type eq "work"].Value', { name: "emails", sub: "value", filter: { op: "eq", value: "work" } }],
  ])("%s is read in any case", (written, path) => {
    expect(readTarget(written, userType)).toMatchObject(path);
  });

  it.each(["", "emails[", "emails[type]", 'emails[type eq "a"]x', "9", "a b"])("%j is refused", (written) => {
    expect(() => readTarget(written, userType)).toThrow(ScimError);
  });
});

it.each(["9007199254740993", "12345678901234567890", "1e3", "1.0"])(
  "a text without quotes is compared digit by digit: %s",
  (digits) => {
    const filter = readFilter(`externalId eq ${digits}`, userType);
    expect(fits(filter, { ...user, externalId: digits })).toBe(true);
    expect(fits(filter, { ...user, externalId: String(Number(digits)) })).toBe(false);
  },
);
