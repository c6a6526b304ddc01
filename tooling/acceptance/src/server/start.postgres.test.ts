import { startOwnPostgres, type PostgresServer } from "@roster/api/testing/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcOf } from "../rpc.ts";
import { spawnServer, startServer, type Server } from "../server.ts";

let postgres: PostgresServer;
beforeAll(async () => void (postgres = await startOwnPostgres()));
afterAll(() => postgres.dispose());

describe("a start on a PostgreSQL that cannot be used is one clear line without the password, and exit code 1", () => {
  it.each([
    ["that is not there", (url: URL) => void (url.port = "1"), "ECONNREFUSED"],
    ["that does not know the database", (url: URL) => void (url.pathname = "/nowhere"), "nowhere"],
    ["that does not know the user", (url: URL) => void (url.username = "nobody"), "nobody"],
    [
      "that does not know the password",
      (url: URL) => void (url.password = "top-secret"),
      "authentication failed",
    ],
  ])("%s", async (_, spoil, reason) => {
    const url = new URL(await postgres.createDatabase());
    spoil(url);
    const { output, exit } = spawnServer({ DATABASE_URL: url.href });
    expect(await exit).toBe(1);
    expect(output()).toMatch(/^roster: DATABASE_URL postgres[^\n]+ cannot be used: [^\n]+\n$/);
    expect(output()).toContain(reason);
    expect(output()).not.toContain(url.password);
  });
});

describe("two servers on one PostgreSQL", () => {
  const servers: Server[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.dispose())));

  it("started at once on a new database, make one tenant, and one of them prints its token", async () => {
    const DATABASE_URL = await postgres.createDatabase();
    servers.push(...(await Promise.all([0, 1].map(() => startServer({ DATABASE_URL, ROSTER_TOKEN: "" })))));
    const tokens = servers.map((server) => /shown only this once:\s+(\S+)/.exec(server.output())?.[1]);
    const token = tokens.find((each) => each !== undefined) as string;
    expect(tokens.filter((each) => each !== undefined)).toHaveLength(1);
    for (const { url } of servers) {
      expect((await rpcOf(url, token)("me.get")).data).toMatchObject({ tenant: { number: 1 } });
    }

    const [one, two] = servers.map(({ url }) => rpcOf(url, token)) as [
      ReturnType<typeof rpcOf>,
      ReturnType<typeof rpcOf>,
    ];
    const { data } = await one("customer.create", { name: "from one", properties: {} });
    const where = { id: data["id"] };
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 ? one : two)("customer.update", { where, patch: { properties: { [`k${i}`]: i } } }),
      ),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const { data: after } = await two("customer.get", { where });
    expect(after["version"]).toBe(101);
    expect(Object.keys(after["properties"] as object)).toHaveLength(100);
  });
});
