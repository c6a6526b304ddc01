import type { JsonObject, JsonValue } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { core, enterprise, messages, resources, sorted, useScim } from "./scim.ts";

/**
 * The conversations that Okta and Entra ID have with a server, as their documentation describes them: what they
 * send, in their order, and what they need to read. `{name}` stands for an id of an earlier answer.
 */

interface Exchange {
  says: string;
  method: string;
  path: string;
  body?: unknown;
  status: number;
  /** A part of the answer. */
  answer?: object;
  /** Keeps the id of the answer, or of the first resource of a list. */
  keep?: string;
}

const world = useScim();
const ids = new Map<string, string>();
const filled = (text: string): string =>
  text.replaceAll(/\{(\w+)\}/g, (written, name: string) => ids.get(name) ?? written);

async function replay({ method, path, body, status, answer, keep }: Exchange): Promise<void> {
  const sent = body === undefined ? undefined : filled(JSON.stringify(body));
  const [bare = "", query] = filled(path).split("?");
  const encoded = query === undefined ? bare : `${bare}?${encodeURI(query)}`;
  const given = await world.scim(method, encoded, sent);
  expect([given.status, given.text]).toEqual([status, expect.anything()]);
  if (answer) expect(given.body).toMatchObject(JSON.parse(filled(JSON.stringify(answer))) as object);
  if (keep === undefined) return;
  const id = given.body["id"] ?? resources(given)[0]?.["id"];
  ids.set(keep, id as string);
}

const listOf = (...Resources: object[]) => ({
  schemas: [`${messages}:ListResponse`],
  totalResults: Resources.length,
  Resources,
});
const guid = "7d5b1f2c-0a70-4f0c-9b3e-7c8f4f0a9d11";
const patch = (...Operations: object[]) => ({ schemas: [`${messages}:PatchOp`], Operations });

describe("Entra ID", () => {
  const exchanges: Exchange[] = [
    {
      says: "tests the connection by looking for a user that does not exist",
      method: "GET",
      path: `/Users?filter=userName eq "${guid}"`,
      status: 200,
      answer: listOf(),
    },
    {
      says: "looks for the user by the matching attribute",
      method: "GET",
      path: '/Users?filter=userName eq "ann@contoso.example"',
      status: 200,
      answer: listOf(),
    },
    {
      says: "creates the user",
      method: "POST",
      path: "/Users",
      body: {
        schemas: [`${core}:User`, enterprise],
        externalId: "ann",
        userName: "ann@contoso.example",
        active: true,
        emails: [{ primary: true, type: "work", value: "ann@contoso.example" }],
        meta: { resourceType: "User" },
        name: { formatted: "Ann Lee", familyName: "Lee", givenName: "Ann" },
        roles: [],
        phoneNumbers: [{ type: "work", value: "555-0100" }],
        [enterprise]: { department: "Tours" },
      },
      status: 201,
      answer: { userName: "ann@contoso.example", externalId: "ann", active: true },
      keep: "ann",
    },
    {
      says: "creates the manager",
      method: "POST",
      path: "/Users",
      body: { schemas: [`${core}:User`], userName: "bo@contoso.example", active: true },
      status: 201,
      keep: "bo",
    },
    {
      says: "reads the user by its id",
      method: "GET",
      path: "/Users/{ann}",
      status: 200,
      answer: {
        phoneNumbers: [{ type: "work", value: "555-0100" }],
        emails: [{ primary: true, type: "work", value: "ann@contoso.example" }],
        [enterprise]: { department: "Tours" },
      },
    },
    {
      says: "matches by another attribute",
      method: "GET",
      path: '/Users?filter=emails[type eq "work"].value eq "ANN@contoso.example"',
      status: 200,
      answer: listOf({ id: "{ann}" }),
    },
    {
      says: "changes single values, without its flag",
      method: "PATCH",
      path: "/Users/{ann}",
      body: patch(
        { op: "Replace", path: 'emails[type eq "work"].value', value: "ann.li@contoso.example" },
        { op: "Replace", path: "name.familyName", value: "Li" },
        { op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "555-0199" },
        { op: "Add", path: 'roles[primary eq "True"].value', value: "Admin" },
        { op: "Add", path: `${enterprise}:manager`, value: "{bo}" },
      ),
      status: 200,
      answer: {
        name: { familyName: "Li", givenName: "Ann" },
        emails: [{ primary: true, type: "work", value: "ann.li@contoso.example" }],
        phoneNumbers: [
          { type: "work", value: "555-0100" },
          { type: "mobile", value: "555-0199" },
        ],
        roles: [{ primary: true, value: "Admin" }],
        [enterprise]: { department: "Tours", manager: { value: "{bo}" } },
      },
    },
    {
      says: "changes single values, with its flag",
      method: "PATCH",
      path: "/Users/{ann}",
      body: patch({
        op: "replace",
        value: {
          displayName: "Ann Li",
          "name.givenName": "Anna",
          [`${enterprise}:employeeNumber`]: "7",
        },
      }),
      status: 200,
      answer: { displayName: "Ann Li", name: { givenName: "Anna" }, [enterprise]: { employeeNumber: "7" } },
    },
    {
      says: "removes a manager",
      method: "PATCH",
      path: "/Users/{ann}",
      body: patch({ op: "Remove", path: `${enterprise}:manager` }),
      status: 200,
      answer: { [enterprise]: { department: "Tours", employeeNumber: "7" } },
    },
    {
      says: "disables a user that is out of scope",
      method: "PATCH",
      path: "/Users/{ann}",
      body: patch({ op: "Replace", path: "active", value: "False" }),
      status: 200,
      answer: { active: false },
    },
    {
      says: "still finds the disabled user",
      method: "GET",
      path: '/Users?filter=userName eq "ann@contoso.example"',
      status: 200,
      answer: listOf({ id: "{ann}", active: false }),
    },
    {
      says: "looks for a group without its members",
      method: "GET",
      path: '/Groups?excludedAttributes=members&filter=displayName eq "Guides"',
      status: 200,
      answer: listOf(),
    },
    {
      says: "creates the group",
      method: "POST",
      path: "/Groups",
      body: {
        schemas: [`${core}:Group`],
        externalId: "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        displayName: "Guides",
        meta: { resourceType: "Group" },
      },
      status: 201,
      answer: { displayName: "Guides" },
      keep: "guides",
    },
    {
      says: "adds members",
      method: "PATCH",
      path: "/Groups/{guides}",
      body: patch({ op: "Add", path: "members", value: [{ value: "{ann}" }, { value: "{bo}" }] }),
      status: 200,
      answer: { members: [{ value: "{ann}" }, { value: "{bo}" }] },
    },
    {
      says: "asks whether a user is a member",
      method: "GET",
      path: '/Groups?excludedAttributes=members&filter=id eq "{guides}" and members eq "{ann}"',
      status: 200,
      answer: listOf({ id: "{guides}" }),
    },
    {
      says: "removes a member",
      method: "PATCH",
      path: "/Groups/{guides}",
      body: patch({ op: "Remove", path: "members", value: [{ $ref: null, value: "{ann}" }] }),
      status: 200,
      answer: { members: [{ value: "{bo}" }] },
    },
    {
      says: "asks again whether the user is a member",
      method: "GET",
      path: '/Groups?excludedAttributes=members&filter=id eq "{guides}" and members eq "{ann}"',
      status: 200,
      answer: listOf(),
    },
    {
      says: "renames the group",
      method: "PATCH",
      path: "/Groups/{guides}",
      body: patch({ op: "Replace", path: "displayName", value: "All guides" }),
      status: 200,
      answer: { displayName: "All guides", members: [{ value: "{bo}" }] },
    },
    { says: "deletes the user", method: "DELETE", path: "/Users/{ann}", status: 204 },
    { says: "finds it gone", method: "GET", path: "/Users/{ann}", status: 404, answer: { status: "404" } },
    { says: "deletes the group", method: "DELETE", path: "/Groups/{guides}", status: 204 },
  ];
  it.each(exchanges)("$says", replay);
});

describe("Okta", () => {
  const user = {
    schemas: [`${core}:User`],
    userName: "cy@okta.example",
    name: { givenName: "Cy", familyName: "Day" },
    emails: [{ primary: true, value: "cy@okta.example", type: "work" }],
    displayName: "Cy Day",
    locale: "en-US",
    externalId: "00ujl29u0le5T6Aj10h7",
    groups: [],
    password: "1mz050nq",
    active: true,
  };
  const { password: _, groups: _none, ...shown } = user;
  const exchanges: Exchange[] = [
    {
      says: "tests the connection",
      method: "GET",
      path: "/Users?startIndex=1&count=2",
      status: 200,
      answer: { startIndex: 1 },
    },
    {
      says: "imports groups",
      method: "GET",
      path: "/Groups?startIndex=1&count=100",
      status: 200,
      answer: { startIndex: 1 },
    },
    {
      says: "looks for the user",
      method: "GET",
      path: '/Users?filter=userName eq "cy@okta.example"&startIndex=1&count=100',
      status: 200,
      answer: listOf(),
    },
    {
      says: "creates the user",
      method: "POST",
      path: "/Users",
      body: user,
      status: 201,
      answer: shown,
      keep: "cy",
    },
    {
      says: "cannot create it twice",
      method: "POST",
      path: "/Users",
      body: user,
      status: 409,
      answer: { schemas: [`${messages}:Error`], status: "409", scimType: "uniqueness" },
    },
    {
      says: "reads the user",
      method: "GET",
      path: "/Users/{cy}",
      status: 200,
      answer: { id: "{cy}", ...shown },
    },
    {
      says: "replaces the user by all that it read, changed",
      method: "PUT",
      path: "/Users/{cy}",
      body: {
        ...user,
        id: "{cy}",
        name: { givenName: "Cy", familyName: "Dawn" },
        meta: { resourceType: "User" },
      },
      status: 200,
      answer: { id: "{cy}", name: { givenName: "Cy", familyName: "Dawn" }, active: true },
    },
    {
      says: "disables the user",
      method: "PATCH",
      path: "/Users/{cy}",
      body: patch({ op: "replace", value: { active: false } }),
      status: 200,
      answer: { active: false },
    },
    {
      says: "enables the user by PUT",
      method: "PUT",
      path: "/Users/{cy}",
      body: { ...user, id: "{cy}", active: true },
      status: 200,
      answer: { active: true },
    },
    {
      says: "pushes a group with its members",
      method: "POST",
      path: "/Groups",
      body: {
        schemas: [`${core}:Group`],
        displayName: "Crew",
        members: [{ value: "{cy}", display: "cy@okta.example" }],
      },
      status: 201,
      answer: { displayName: "Crew", members: [{ value: "{cy}" }] },
      keep: "crew",
    },
    {
      says: "renames the group",
      method: "PATCH",
      path: "/Groups/{crew}",
      body: patch({ op: "replace", value: { id: "{crew}", displayName: "The crew" } }),
      status: 200,
      answer: { id: "{crew}", displayName: "The crew", members: [{ value: "{cy}" }] },
    },
    {
      says: "removes a member by a filter",
      method: "PATCH",
      path: "/Groups/{crew}",
      body: patch({ op: "remove", path: 'members[value eq "{cy}"]' }),
      status: 200,
      answer: { displayName: "The crew" },
    },
    {
      says: "adds a member",
      method: "PATCH",
      path: "/Groups/{crew}",
      body: patch({ op: "add", path: "members", value: [{ value: "{cy}", display: "cy@okta.example" }] }),
      status: 200,
      answer: { members: [{ value: "{cy}" }] },
    },
    {
      says: "replaces the members",
      method: "PATCH",
      path: "/Groups/{crew}",
      body: patch({ op: "replace", path: "members", value: [{ value: "{bo}", display: "bo" }] }),
      status: 200,
      answer: { members: [{ value: "{bo}" }] },
    },
    {
      says: "replaces the group by PUT",
      method: "PUT",
      path: "/Groups/{crew}",
      body: { schemas: [`${core}:Group`], id: "{crew}", displayName: "Crew", members: [{ value: "{cy}" }] },
      status: 200,
      answer: { displayName: "Crew", members: [{ value: "{cy}" }] },
    },
    { says: "deletes the group", method: "DELETE", path: "/Groups/{crew}", status: 204 },
  ];
  it.each(exchanges)("$says", replay);

  it("reads every user once, page by page, in one order", async () => {
    const page = async (startIndex: number) =>
      world.list("/Users", undefined, { startIndex: String(startIndex), count: "2" });
    const first = await page(1);
    const seen: (JsonValue | undefined)[] = [];
    for (let at = 1; at <= (first.body["totalResults"] as number); at += 2) {
      const { body } = await page(at);
      for (const name of ["totalResults", "startIndex", "itemsPerPage"])
        expect(body[name]).toBeTypeOf("number");
      seen.push(...(body["Resources"] as JsonObject[]).map(({ id }) => id));
    }
    expect(new Set(seen).size).toBe(first.body["totalResults"]);
    expect(seen).toEqual(sorted(seen));
  });
});
