import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tamper } from "@roster/api/testing/look";
import { describe, expect, it } from "vitest";
import { contentOf } from "../guarantees/audit.ts";
import { rpcOf } from "../rpc.ts";
import { spawnServer, startServer } from "../server.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const run = promisify(execFile);
describe("the first start on an empty database", () => {
  it("prints the address, the token once, and a curl line and a TypeScript snippet that work when pasted", async () => {
    const server = await startServer({ ROSTER_TOKEN: "" });
    try {
      const token = /shown only this once:\s+(\S+)/.exec(server.output())?.[1] as string;
      expect(token).toMatch(/^roster_[\w-]{43}$/);

      const curl = /^ +(curl .+)$/m.exec(server.output())?.[1] as string;
      const { stdout: created } = await run("sh", ["-c", curl.replace("curl", "curl -sf")]);
      expect(JSON.parse(created)).toMatchObject({ result: { data: { name: "Acme", version: 1 } } });

      const snippet = /( {2}import \{ createClient \}[\s\S]+?console\.log\(.+\);\n)/.exec(
        server.output(),
      )?.[1] as string;
      const node = [
        process.execPath,
        "--conditions=@roster/source",
        "--input-type=module-typescript",
        "-e",
        snippet,
      ] as const;
      const { stdout: printed } = await run(node[0], node.slice(1), { cwd: root });
      expect(printed).toContain("/properties");
      expect(printed).toMatch(/^2 /);

      await server.stop();
      const again = await startServer({ ROSTER_TOKEN: "", DATABASE_URL: server.database });
      expect(again.output()).toBe(`Roster listens at ${again.url}\n`);
      expect((await rpcOf(again.url, token)("me.get")).status).toBe(200);
      await again.stop();
    } finally {
      await server.dispose();
    }
  });

  it("gives the first tenant the token of ROSTER_TOKEN", async () => {
    const server = await startServer({ ROSTER_TOKEN: "chosen-by-me" });
    try {
      const me = await rpcOf(server.url, "chosen-by-me")("me.get");
      expect(me.data).toMatchObject({ scopes: ["admin"], tenant: { number: 1 } });
      const content = await contentOf(server.database);
      expect(content.includes("First tenant")).toBe(true);
      expect(content.includes("chosen-by-me"), "the token itself is not in the database").toBe(false);
    } finally {
      await server.dispose();
    }
  });
});

describe("a start that cannot succeed is one clear line and exit code 1", () => {
  it("for a database that is newer than the program", async () => {
    const server = await startServer();
    await server.stop();
    await tamper(
      server.database,
      "insert into migrations (name, executed_at) values ('9999-from-the-future', current_timestamp)",
    );
    const { output, exit } = spawnServer({ DATABASE_URL: server.database });
    const code = await exit;
    await server.dispose();
    expect(code).toBe(1);
    expect(output()).toMatch(/^roster: [^\n]+\n$/);
    expect(output()).toContain("9999-from-the-future");
  });
});

describe("a stop", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "by %s answers what was accepted, stores it, and exits with 0",
    async (signal) => {
      const server = await startServer();
      const rpc = rpcOf(server.url, server.token);
      const { data } = await rpc("customer.create", { name: "x" });
      const where = { id: data["id"] };
      const acknowledged: number[] = [];
      const refused: unknown[] = [];
      const calls = Array.from({ length: 300 }, async (_, i) => {
        try {
          const reply = await rpc("customer.update", { where, patch: { properties: { [`k${i}`]: i } } });
          if (reply.status === 200) acknowledged.push(i);
          else refused.push(reply.error);
        } catch {
          // Not accepted any more: the connection was refused.
        }
        if (i === 20) server.child.kill(signal);
      });
      await Promise.all(calls);
      expect(await server.stop(signal)).toBe(0);
      expect(acknowledged.length).toBeGreaterThan(20);
      expect(refused).toEqual([]);

      const again = await startServer({ DATABASE_URL: server.database });
      const after = await rpcOf(again.url, again.token)("customer.get", { where });
      const properties = after.data["properties"] as Record<string, number>;
      for (const i of acknowledged) expect(properties[`k${i}`]).toBe(i);
      await again.stop();
      await server.dispose();
    },
  );
});
