import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Runs `npm test` on the probe beside this file, as CI does. It is slow, because it is the real command. */

const root = fileURLToPath(new URL("../../../..", import.meta.url));
/** Many times the duration of a run on an idle machine, in milliseconds. */
const patience = 120_000;

const inherited = Object.entries(process.env).filter(
  ([name]) => !/^(VITEST|TEST_POSTGRES|ROSTER_TEST|NODE_ENV$)/.test(name),
);

async function npmTest(projects: readonly string[], env: Record<string, string>) {
  const child = spawn(
    "npm",
    ["test", "--", ...projects.flatMap((name) => ["--project", name]), "test-command/probe.test.ts"],
    { cwd: root, env: { ...Object.fromEntries(inherited), ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.once("exit", resolve)),
    text(child.stderr),
  ]);
  return { code, closing: output.trimEnd().split("\n").at(-1) };
}

const both = ["sqlite", "postgres"];

it("passes on both databases", { timeout: patience }, async () => {
  expect(await npmTest(both, {})).toEqual({ code: 0, closing: "2 passed, 0 failed" });
});

it.each([[["sqlite"]], [["postgres"]], [both]])(
  "fails when a test of %j fails",
  { timeout: patience },
  async (projects) => {
    expect(await npmTest(projects, { PROBE: "assertion" })).toEqual({
      code: 1,
      closing: `0 passed, ${projects.length} failed`,
    });
  },
);

it.each([
  ["a file that cannot be loaded", "import", "0 passed, 1 failed"],
  ["a hook that throws", "hook", "0 passed, 1 failed, 1 skipped"],
  ["a rejection that nobody handles", "rejection", "1 passed, 1 failed"],
])("fails for %s", { timeout: patience }, async (_what, how, closing) => {
  expect(await npmTest(["sqlite"], { PROBE: how })).toEqual({ code: 1, closing });
});

it("fails when TEST_POSTGRES_URL leads nowhere", { timeout: patience }, async () => {
  // No server listens on the port of the discard protocol.
  const env = { TEST_POSTGRES_URL: "postgres://roster@127.0.0.1:9/postgres" };
  expect(await npmTest(["postgres"], env)).toMatchObject({ code: 1, closing: "0 passed, 1 failed" });
});
