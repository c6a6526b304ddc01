import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defaultServerConditions } from "vite";
import { configDefaults, defineConfig } from "vitest/config";
import LongestFirst from "./tooling/acceptance/src/longest-first.ts";

/** Workspaces are tested from their sources. */
const conditions = ["@roster/source", ...defaultServerConditions];

// The threads that tests start find here what Node made of their sources, as those of a server do.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/roster", import.meta.url));

/** Tests of what only one database has say so in their names. */
const onSqlite = "**/*.sqlite.test.ts";
const onPostgres = "{apps/api/src/store/postgres/**/*,tooling/acceptance/src/**/*.postgres}.test.ts";

/** The tests that call a server, so that a database is behind it. */
const throughTheDoor = "tooling/acceptance/src/**/*.test.ts";
/**
 * Those of them that start no server, or test code in front of the store or the programs that call.
 * They run on SQLite alone.
 */
const beforeTheStore = `tooling/acceptance/src/{${[
  "architecture",
  "*/document",
  "client/{embedding,lost-answers,published,transport}",
  // The work with records on PostgreSQL is tested in console/nodes.
  "console/!(*.postgres)",
  "feed/{browser,local-copy}",
  "files/command-line",
  "fuzz/{generate,large,verdict}",
  "laws/laws",
  "observe/traces",
  "packages/packages",
  "react/*",
  "reference/reference",
  "rest/{cors,cors.browser,methods,refusals,versions}",
  "scopes/scopes",
  "server/{connections,security-headers,unreadable}",
  // The tests of what the formats store on either database are across-formats, replies and examples.
  "wire-formats/{explo,flextell,maiascore,stateset-customer,stateset-user}",
].join()}}.test.ts`;

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    reporters: ["default", "./tooling/acceptance/src/closing-line.ts"],
    // Tests wait for servers and disks about a third of their time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // Each worker loads the sources once, and not once for each file: a test leaves nothing behind.
    isolate: false,
    // A worker would spend a tenth of its CPU time on collecting garbage every few megabytes.
    execArgv: ["--min-semi-space-size=16"],
    sequence: { sequencer: LongestFirst },
    // Only a test that hangs takes that long, however busy the machine is.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "sqlite",
          include: ["{packages,apps,tooling}/*/src/**/*.test.ts"],
          exclude: [...configDefaults.exclude, onPostgres],
          globalSetup: ["./apps/api/src/testing/sqlite-setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: [throughTheDoor, onPostgres],
          exclude: [...configDefaults.exclude, onSqlite, beforeTheStore],
          globalSetup: ["./apps/api/src/testing/postgres-setup.ts"],
          env: { ROSTER_TEST_DATABASE: "postgres" },
        },
      },
    ],
  },
});
