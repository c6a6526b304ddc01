import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tamper } from "@roster/api/testing/look";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { contentOf } from "../guarantees/audit.ts";
import { rpcOf } from "../rpc.ts";
import { newDatabase, spawnServer, startServer, type Server } from "../server.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const run = promisify(execFile);
const { PATH, NODE_COMPILE_CACHE } = process.env;
vi.setConfig({ testTimeout: 60_000 });

/** Runs a TypeScript program as `npm run ts` does. */
const runProgram = (program: string, env: Record<string, string> = {}) =>
  run(process.execPath, ["--conditions=@roster/source", "--input-type=module-typescript", "-e", program], {
    cwd: root,
    env: { PATH, NODE_COMPILE_CACHE, ...env },
  });
const tokenIn = (output: string): string => /shown only this once:\s+(\S+)/.exec(output)?.[1] as string;
const snippetIn = (output: string): string => {
  const [, snippet = ""] = /( {2}import \{ createClient \}[\s\S]+?console\.log\(.+\);\n)/.exec(output) ?? [];
  return snippet.replaceAll(/^ {2}/gm, "");
};

/** The code under "One call" in the README. */
const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");
const oneCall = /^## One call\n([\s\S]+?)^## /m.exec(readme)?.[1] as string;
const shown = (language: string): string =>
  new RegExp("^```" + language + "\\n([\\s\\S]+?)^```", "m").exec(oneCall)?.[1] as string;

describe("the first start on an empty database", () => {
  it("prints the address, the token once, and a curl line and a TypeScript snippet that work when pasted", async () => {
    const server = await startServer({ ROSTER_TOKEN: "" });
    try {
      const token = tokenIn(server.output());
      expect(token).toMatch(/^roster_[\w-]{43}$/);

      const curl = /^ +(curl .+)$/m.exec(server.output())?.[1] as string;
      const { stdout: created } = await run("sh", ["-c", curl.replace("curl", "curl -sf")]);
      expect(JSON.parse(created)).toMatchObject({ result: { data: { name: "Acme", version: 1 } } });

      const { stdout: printed } = await runProgram(snippetIn(server.output()));
      expect(printed).toContain("/properties/plan");
      expect(printed).toMatch(/^2 /);

      await server.stop();
      const again = await startServer({ ROSTER_TOKEN: "", DATABASE_URL: server.database });
      expect((await rpcOf(again.url, token)("me.get")).status).toBe(200);
      await again.stop();
    } finally {
      await server.dispose();
    }
  });

  it("leaves a database on which the README's calls work when pasted, also repeatedly", async () => {
    const server = await startServer({ ROSTER_TOKEN: "" });
    try {
      const env = { ROSTER_TOKEN: tokenIn(server.output()) };
      const here = (text: string) => text.replaceAll("http://127.0.0.1:4000", server.url);
      // The token is exported already.
      const curl = here(shown("sh"))
        .replace(/^export .*$/m, "")
        .replace("curl", "curl -sf");
      for (let i = 0; i < 2; i++) {
        const { stdout: created } = await run("sh", ["-c", curl], {
          env: { PATH, ...env },
        });
        expect(JSON.parse(created)).toMatchObject({ result: { data: { name: "Acme" } } });
        const { stdout: printed } = await runProgram(here(shown("ts")), env);
        expect(printed).toMatch(/^2 \[/);
        expect(printed).toContain("/emails");
      }
      const spoken = (text: string) =>
        text
          .replace(/token: .*/, "")
          .replace(/url: "[^"]+",/, "")
          .replace(/^\/\/ .*\n/m, "");
      expect(spoken(snippetIn(server.output()))).toBe(spoken(shown("ts")));
    } finally {
      await server.dispose();
    }
  });

  it("a failing call in a program gives the reason in a few lines", async () => {
    const server = await startServer();
    try {
      const program = `
        import { createClient } from "@roster/client";
        const client = createClient({ url: "${server.url}", token: "${server.token}" });
        await client.customer.update.mutate({ where: { providedId: "none" }, patch: { name: "x" } });`;
      const { stderr } = (await runProgram(program).catch((error: unknown) => error)) as { stderr: string };
      expect(stderr).toContain("there is no such customer");
      expect(stderr).toContain("customer.update");
      expect(stderr.split("\n").length).toBeLessThan(25);
    } finally {
      await server.dispose();
    }
  });

  it("gives the first tenant the token of ROSTER_TOKEN", async () => {
    const server = await startServer({ ROSTER_TOKEN: "chosen-by-the-operator" });
    try {
      const me = await rpcOf(server.url, "chosen-by-the-operator")("me.get");
      expect(me.data).toMatchObject({ scopes: ["admin"], tenant: { number: 1 } });
      const content = await contentOf(server.database);
      expect(content.includes("First tenant")).toBe(true);
      expect(content.includes("chosen-by-the-operator"), "the token itself is not in the database").toBe(
        false,
      );
    } finally {
      await server.dispose();
    }
  });
});

describe("a later start", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ ROSTER_TOKEN: "chosen-by-the-operator" });
    await server.stop();
  });
  afterAll(() => server.dispose());

  it.each([
    ["no ROSTER_TOKEN", "", /^$/],
    ["its ROSTER_TOKEN", "chosen-by-the-operator", /^ROSTER_TOKEN is a token of this database\n$/],
    [
      "another ROSTER_TOKEN",
      "chosen-by-somebody-else",
      /^ROSTER_TOKEN is not a token of this database, .* npm run db:token\)\n$/,
    ],
  ])("with %s prints the addresses, and the effect of that variable", async (_, token, about) => {
    const again = await startServer({ ROSTER_TOKEN: token, DATABASE_URL: server.database });
    await again.stop();
    const [listens, pages, documentation, database, ...rest] = again.output().split("\n");
    expect(listens).toBe(`Roster listens at ${again.url}`);
    expect(pages).toBe(`Console: ${again.url}/console`);
    expect(documentation).toBe(`Documentation: ${again.url}/docs`);
    expect(database).toMatch(/^Database: (sqlite:.+roster\.db|postgres:\/\/.+)$/);
    expect(again.output()).not.toContain(new URL(server.database).password || "no password");
    expect(rest.join("\n")).toMatch(about);
  });
});

describe("a start that cannot succeed is one clear line and exit code 1", () => {
  it("for a database newer than the program", async () => {
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
  it("of npm start stops the server", async () => {
    const database = await newDatabase();
    const { HOME } = process.env;
    const npm = spawn("npm", ["start"], {
      cwd: root,
      env: { PATH, HOME, PORT: "0", DATABASE_URL: database.url },
      stdio: ["ignore", "pipe", "inherit"],
    });
    // The pipe ends when every process that could write to it has ended, including the server.
    const output = text(npm.stdout);
    let seen = "";
    await new Promise<void>((resolve) => {
      npm.stdout.on("data", (chunk: Buffer) => {
        seen += chunk.toString();
        if (seen.includes("Documentation:")) resolve();
      });
    });
    npm.kill("SIGTERM");
    const url = /listens at (\S+)/.exec(await output)?.[1] as string;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    await database.drop();
  });

  it("of npm start stops the server while it is still being loaded, too", async () => {
    const database = await newDatabase();
    const { HOME } = process.env;
    // Says when the server's program is to be loaded, and waits longer than npm and its shell take to end.
    const slow = `
      import module from "node:module";
      import { writeSync } from "node:fs";
      module.registerHooks?.({ load: (url, context, next) => {
        if (/apps\\/api\\/.*(server\\.js|main\\.ts)$/.test(url)) {
          writeSync(1, "loading");
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
        }
        return next(url, context);
      } });`;
    const npm = spawn("npm", ["start"], {
      cwd: root,
      env: {
        PATH,
        HOME,
        PORT: "0",
        DATABASE_URL: database.url,
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(slow)}`,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = text(npm.stdout);
    let seen = "";
    npm.stdout.on("data", (chunk: Buffer) => {
      if (!seen.includes("loading") && (seen += chunk.toString()).includes("loading")) npm.kill("SIGTERM");
    });
    // The pipe ends when every process that could write to it has ended, including the server.
    expect(await output).toContain("loading");
    await database.drop();
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "by %s answers and stores accepted requests, and exits with 0",
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
          // The connection was refused, so the request was not accepted.
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
