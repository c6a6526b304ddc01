import type { JsonObject } from "@roster/domain";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../testing/test-store.ts";
import type { ScimCall } from "./collection.ts";

/** Lists of users while the indexes of an earlier release's users are being built. */

let store: TestStore;
let call: ScimCall;
beforeEach(async () => {
  store = await openTestStore();
  call = { actor: store.actor, base: "http://roster.example/scim/v2", shows: () => true };
});
afterEach(() => store.close());

const users = () => store.roster.scim.users;
const find = async (filter: string): Promise<unknown[]> => {
  const query = { filter, descending: false, startIndex: 1, count: 10 };
  return (await users().list(call, query)).resources.map(({ userName }) => userName);
};
const make = (userName: string, more: JsonObject = {}) => users().create(call, { userName, ...more });
/** Takes the terms of all users away, except for those that the migration fills in, and begins to build them. */
const beginBuild = () =>
  store.sql((other) =>
    other.exec(`delete from search_terms where field <> 'userName' or term glob '*[^ -~]*';
      insert into index_builds values (1, 'user', '', 'fill', '', 0, 0)`),
  );

it("finds users by addresses and names that are not in the index yet, by looking at all users", async () => {
  await make("Ann", { emails: [{ value: "ann@x.example", type: "work" }] });
  await make("Ünal");
  await make("bo", { externalId: "e-1" });
  beginBuild();
  expect(await find('emails[type eq "work"].value eq "ANN@X.example"')).toEqual(["Ann"]);
  expect(await find('userName eq "ÜNAL"')).toEqual(["Ünal"]);
  expect(await find('userName eq "aNN"')).toEqual(["Ann"]);
  expect(await find('userName eq "nobody" or emails.value eq "ann@x.example"')).toEqual(["Ann"]);
});

it("refuses a search over more users than it reads without the index, and answers once the index is built", async () => {
  await make("Ann", { emails: [{ value: "ann@x.example" }] });
  store.sql((other) => {
    const columns = other.prepare("select * from users").get() as Record<string, unknown>;
    const names = Object.keys(columns);
    const insert = other.prepare(
      `insert into users (${names.map((name) => `"${name}"`).join(", ")}) values (${names.map(() => "?").join(", ")})`,
    );
    other.transaction(() => {
      for (let i = 0; i < 10_000; i++) {
        const own = {
          id: `z${String(i).padStart(6, "0")}`,
          number: i + 2,
          username: `u${i}`,
          email: null,
          properties: null,
        };
        insert.run(Object.values({ ...columns, ...own }));
      }
    })();
  });
  beginBuild();
  await expect(find('emails.value eq "ann@x.example"')).rejects.toMatchObject({ scimType: "tooMany" });
  await expect(find('title co "x"')).rejects.toMatchObject({ scimType: "tooMany" });
  const { number: tenant } = store.actor.tenant;
  const step = () =>
    store.commits.submit({ tenant, wants: [], keep: (books) => books.buildIndex(tenant, 5_000) });
  while (await step());
  expect(await find('emails.value eq "ann@x.example"')).toEqual(["Ann"]);
});
