import { expect, it, vi } from "vitest";
import { contentOf } from "../guarantees/audit.ts";
import { rpcOf } from "../rpc.ts";
import { newDatabase } from "../server.ts";
import { operate } from "./run.ts";
import { useServer } from "../use-server.ts";

/** `npm run db:token`, for an operator who has lost the last admin token. */

vi.setConfig({ testTimeout: 60_000 });

const { server } = useServer();

const make = (...args: string[]) => operate(["token", "--database", server.database, ...args]);
const tokenIn = (printed: string): string =>
  /shown only this once:\n\n {2}(\S+)\n/.exec(printed)?.[1] as string;

it("creates an admin token of the first tenant, which a running server accepts at once", async () => {
  const { exit, printed, complained } = await make();
  expect({ exit, complained }).toEqual({ exit: 0, complained: "" });
  const token = tokenIn(printed);
  expect(token).toMatch(/^roster_[\w-]{43}$/);
  const rpc = rpcOf(server.url, token);
  expect((await rpc("me.get")).data).toMatchObject({ scopes: ["admin"], tenant: { number: 1 } });
  expect((await contentOf(server.database)).includes(token), "the token itself is not stored").toBe(false);

  const { data } = await rpc("change.list", { types: ["token"] });
  const [made] = (data["items"] as object[]).slice(-1);
  expect(made).toMatchObject({ action: "create", actor: "operator", source: "command" });
  expect(JSON.stringify(made)).not.toContain(token);
});

it("creates a token with the given scopes, name, tenant and expiry", async () => {
  const { data: tenant } = await rpcOf(server.url, server.token)("tenant.create", { name: "Second" });
  const number = String(tenant["number"]);
  const { printed } = await make(
    "--tenant",
    number,
    "--scopes",
    "customers:read, users:read",
    "--name",
    "CRM",
    "--expires",
    "2999-01-01T00:00:00Z",
  );
  const rpc = rpcOf(server.url, tokenIn(printed));
  expect((await rpc("me.get")).data).toMatchObject({
    scopes: ["customers:read", "users:read"],
    tenant: { name: "Second" },
  });
  expect((await rpc("token.list")).status).toBe(403);
  const { data } = await rpcOf(server.url, tenant["token"] as string)("token.list");
  expect((data["items"] as object[]).at(-1)).toMatchObject({
    name: "CRM",
    expiresAt: "2999-01-01T00:00:00.000Z",
  });
});

it.each([
  [["--tenant", "99"], "there is no tenant 99"],
  [["--scopes", "everything"], "/scopes/0"],
  [["--expires", "soon"], "/expiresAt"],
  [["--expires", "2020-01-01T00:00:00Z"], "/expiresAt: must be in the future"],
])("%j is refused in one line, and creates nothing", async (args, reason) => {
  const before = (await rpcOf(server.url, server.token)("change.list", { types: ["token"] })).data["items"];
  const { exit, printed, complained } = await make(...args);
  expect({ exit, printed }).toEqual({ exit: 1, printed: "" });
  expect(complained).toMatch(/^roster: [^\n]+\n$/);
  expect(complained).toContain(reason);
  expect((await rpcOf(server.url, server.token)("change.list", { types: ["token"] })).data["items"]).toEqual(
    before,
  );
});

it("a database that is missing or not Roster's is refused and not created", async () => {
  const database = await newDatabase();
  try {
    const { exit, complained } = await operate([
      "token",
      "--database",
      database.url.replace("roster.db", "other.db"),
    ]);
    expect(exit).toBe(1);
    // On PostgreSQL, the database has tables but no tenant yet.
    expect(complained).toMatch(/^roster: there is no (Roster database at sqlite:\S+|tenant 1)\n$/);
  } finally {
    await database.drop();
  }
});
