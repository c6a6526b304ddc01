import { startOwnPostgres, type PostgresServer } from "@roster/api/testing/postgres";
import { look } from "@roster/api/testing/look";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audit } from "../guarantees/audit.ts";
import { rpcOf } from "../rpc.ts";
import { spawnServer, startServer, type Server } from "../server.ts";

let postgres: PostgresServer;
beforeAll(async () => void (postgres = await startOwnPostgres()));
afterAll(() => postgres.dispose());

describe("a start on a PostgreSQL that cannot be used is one clear line without the password, and exit code 1", () => {
  it.each([
    ["if it is down", (url: URL) => void (url.port = "1"), "ECONNREFUSED"],
    ["if it lacks the database", (url: URL) => void (url.pathname = "/nowhere"), "nowhere"],
    ["if it lacks the user", (url: URL) => void (url.username = "nobody"), "nobody"],
    ["with a wrong password", (url: URL) => void (url.password = "top-secret"), "authentication failed"],
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

describe("an address of several hosts", () => {
  const several = async (query: string) => {
    const url = await postgres.createDatabase();
    return `${url.replace("@", "@127.0.0.1:1,")}?${query}`;
  };

  it("leads to the host that is up and accepts writes", async () => {
    const DATABASE_URL = await several("target_session_attrs=read-write");
    const server = await startServer({ DATABASE_URL });
    try {
      const rpc = rpcOf(server.url, server.token);
      const { data } = await rpc("customer.create", { name: "it" });
      expect((await rpc("customer.get", { where: { id: data["id"] } })).data["name"]).toBe("it");
    } finally {
      await server.dispose();
    }
  });

  it("is refused in one line that names the parameters that are not supported", async () => {
    const DATABASE_URL = await several("tcp_user_timeout=1000&target_session_attrs=standby-first");
    const { output, exit } = spawnServer({ DATABASE_URL });
    expect(await exit).toBe(1);
    expect(output()).toMatch(
      /^roster: DATABASE_URL is not a usable address: target_session_attrs is standby-first; [^\n]+; tcp_user_timeout is not supported: [^\n]+\n$/,
    );
  });
});

describe("servers on one PostgreSQL", () => {
  const servers: Server[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.dispose())));

  it("that start together on a new database migrate it once and create one tenant, and one prints its token", async () => {
    const DATABASE_URL = await postgres.createDatabase();
    servers.push(
      ...(await Promise.all(
        Array.from({ length: 5 }, () => startServer({ DATABASE_URL, ROSTER_TOKEN: "" })),
      )),
    );
    await look(DATABASE_URL, async (database) => {
      const migrated = await database.all<{ name: string; id: number }>(
        "select name, id from migrations order by id",
      );
      // A second run would have used up ids, even if it was rolled back.
      expect(migrated.map(({ id }) => id)).toEqual(migrated.map((_, i) => i + 1));
      expect(new Set(migrated.map(({ name }) => name)).size).toBe(migrated.length);
      expect(await database.all("select number from tenants")).toEqual([{ number: 1 }]);
    });
    expect((await audit(DATABASE_URL)).problems).toEqual([]);
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
