import { readOptions } from "@roster/api/testing/options";
import type { JsonObject } from "@roster/domain";
import { databaseOption, startOwnServer } from "../own-server.ts";
import { usageOfAll } from "../usage.ts";

/**
 * `npm run bench:scim` measures the requests of a provisioning cycle, one after another, on a tenant with many
 * users and groups: the median and the slowest of each kind, and the processor time that the server takes for one,
 * all in milliseconds.
 */

const { users, groups, large, times, database } = readOptions(
  "bench:scim",
  "Measures the requests of a provisioning cycle.",
  {
    users: { what: "users of the tenant", number: 100_000, least: 1 },
    groups: { what: "groups of the tenant", number: 1_000, least: 1 },
    large: { what: "members of one large group", number: 50_000, least: 1 },
    times: { what: "how often each request is made", number: 100, least: 1 },
    database: databaseOption,
  },
);

const server = await startOwnServer(database, { SCIM_REQUESTS_PER_SECOND: "999999" });
const { token } = server;
const base = `${server.url}/scim/v2`;

async function scim(method: string, path: string, body?: object): Promise<JsonObject> {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/scim+json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
  return text === "" ? {} : (JSON.parse(text) as JsonObject);
}

/** Runs work many times, some of it at the same time. */
async function many(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let i = next++; i < count; i = next++) await work(i);
    }),
  );
}

const userOf = (i: number) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  externalId: `ext-${i}`,
  userName: `user-${i}@example.com`,
  displayName: `User ${i}`,
  active: true,
  name: { givenName: `Given ${i}`, familyName: `Family ${i}` },
  emails: [{ value: `user-${i}@example.com`, type: "work", primary: true }],
});
const ids: string[] = [];
const perRequest = 10;
await many(Math.ceil(users / perRequest), async (part) => {
  const first = part * perRequest;
  const Operations = Array.from({ length: Math.min(perRequest, users - first) }, (_, i) => ({
    method: "POST",
    path: "/Users",
    bulkId: String(first + i),
    data: userOf(first + i),
  }));
  const made = (await scim("POST", "/Bulk", { Operations }))["Operations"] as { location: string }[];
  for (const [i, { location }] of made.entries())
    ids[first + i] = location.slice(location.lastIndexOf("/") + 1);
});
const groupIds: string[] = [];
await many(groups, async (i) => {
  const members = Array.from({ length: 20 }, (_, j) => ({ value: ids[(i * 37 + j) % users] }));
  const group = await scim("POST", "/Groups?excludedAttributes=members", {
    displayName: `Group ${i}`,
    members,
  });
  groupIds[i] = group["id"] as string;
});
const largeGroup = (
  await scim("POST", "/Groups?excludedAttributes=members", {
    displayName: "Everybody",
    members: ids.slice(0, Math.min(large, users - 1)).map((value) => ({ value })),
  })
)["id"] as string;

const patch = (...Operations: object[]) => ({ Operations });
const q = encodeURIComponent;
const one = (i: number) => (i * 7919) % users;
const member = { value: ids.at(-1) as string };
const requests: Record<string, (i: number) => Promise<JsonObject>> = {
  "a user by userName": (i) => scim("GET", `/Users?filter=${q(`userName eq "USER-${one(i)}@example.com"`)}`),
  "a user that does not exist": (i) => scim("GET", `/Users?filter=${q(`userName eq "nobody-${i}"`)}`),
  "a user by externalId": (i) => scim("GET", `/Users?filter=${q(`externalId eq "ext-${one(i)}"`)}`),
  "a user by email": (i) =>
    scim("GET", `/Users?filter=${q(`emails[type eq "work"].value eq "user-${one(i)}@example.com"`)}`),
  "a user by id": (i) => scim("GET", `/Users/${ids[one(i)]}`),
  "the first page of users": () => scim("GET", "/Users?startIndex=1&count=2"),
  "100 users in the middle": (i) => scim("GET", `/Users?startIndex=${(users >> 1) + i}&count=100`),
  "a new user": (i) => scim("POST", "/Users", userOf(users + i)),
  "a user changed by PATCH": (i) =>
    scim("PATCH", `/Users/${ids[one(i)]}`, patch({ op: "Replace", path: "title", value: `T ${i}` })),
  "a user disabled": (i) =>
    scim("PATCH", `/Users/${ids[one(i)]}`, patch({ op: "Replace", path: "active", value: "False" })),
  "a user replaced by PUT": (i) =>
    scim("PUT", `/Users/${ids[one(i)]}`, { ...userOf(one(i)), title: `P ${i}` }),
  "a group by name": (i) =>
    scim("GET", `/Groups?excludedAttributes=members&filter=${q(`displayName eq "Group ${i % groups}"`)}`),
  "100 groups": () => scim("GET", "/Groups?startIndex=1&count=100&excludedAttributes=members"),
  "a member asked for": (i) =>
    scim(
      "GET",
      `/Groups?excludedAttributes=members&filter=${q(`id eq "${groupIds[i % groups]}" and members eq "${ids[i]}"`)}`,
    ),
  "a member added": (i) =>
    scim("PATCH", `/Groups/${groupIds[i % groups]}`, patch({ op: "Add", path: "members", value: [member] })),
  "a member removed": (i) =>
    scim(
      "PATCH",
      `/Groups/${groupIds[i % groups]}`,
      patch({ op: "Remove", path: "members", value: [member] }),
    ),
  "a member of a large group added and removed": (i) =>
    scim(
      "PATCH",
      `/Groups/${largeGroup}`,
      patch({ op: i % 2 === 0 ? "Add" : "Remove", path: "members", value: [member] }),
    ),
  "a user deleted": (i) => scim("DELETE", `/Users/${ids[users - 2 - i]}`),
};

/** Requests about whole groups, which cost what their members cost. */
const wholeGroups: typeof requests = {};
let made: JsonObject = {};
for (const size of [10_000, 50_000].filter((one) => one < users)) {
  const words = size.toLocaleString("en");
  const body = (from: number) => ({
    displayName: words,
    members: Array.from({ length: size }, (_, i) => ({ value: ids[(from + i) % users] })),
  });
  const put = (from: number) =>
    scim("PUT", `/Groups/${made["id"] as string}?excludedAttributes=members`, body(from));
  Object.assign(wholeGroups, {
    [`a new group of ${words}`]: async () =>
      (made = await scim("POST", "/Groups?excludedAttributes=members", body(0))),
    [`a group of ${words} replaced by the same`]: () => put(0),
    [`a group of ${words} replaced, one member other`]: (i: number) => put(i + 1),
    [`a group of ${words} replaced by others`]: (i: number) => put(i % 2 === 0 ? users >> 1 : 0),
    [`a group of ${words} read`]: () => scim("GET", `/Groups/${made["id"] as string}`),
  });
}

async function measure(all: typeof requests, often: number): Promise<void> {
  for (const [name, request] of Object.entries(all)) {
    const taken: number[] = [];
    const cpu = usageOfAll([server.pid])?.cpuMicros ?? 0;
    for (let i = 0; i < often; i++) {
      const begun = performance.now();
      await request(i);
      taken.push(performance.now() - begun);
    }
    const used = ((usageOfAll([server.pid])?.cpuMicros ?? cpu) - cpu) / 1000 / often;
    taken.sort((a, b) => a - b);
    const shown = [taken[often >> 1], taken.at(-1), used].map((ms) => (ms ?? 0).toFixed(1).padStart(7));
    process.stdout.write(
      `${name.padEnd(46)} median ${shown[0]}   slowest ${shown[1]}   processor ${shown[2]}\n`,
    );
  }
}
process.stdout.write(`${users} users, ${groups} groups, one of ${large} members; milliseconds\n`);
await measure(requests, times);
await measure(wholeGroups, Math.ceil(times / 20));
await server.stop();
