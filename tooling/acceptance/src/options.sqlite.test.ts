import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const feed = fileURLToPath(new URL("feed/main.ts", import.meta.url));
const scim = fileURLToPath(new URL("../../bench/src/scim/main.ts", import.meta.url));
const run = (main: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@roster/source", main, ...args],
    {
      encoding: "utf8",
    },
  );
  return [status, stdout, stderr];
};

it.each([
  ["--sede 1", "Unknown option '--sede'"],
  ["--seed x", "--seed is a whole number from 0 on, and not x"],
  ["--nodes 0", "--nodes is a whole number from 1 on, and not 0"],
  ["--database mysql", "--database is sqlite or postgres, and not mysql"],
])("the wrong option %s of a long test is named", (args, message) => {
  const hint = "npm run test:feed -- --help explains the options";
  expect(run(feed, ...args.split(" "))).toEqual([2, "", `${message}\n${hint}\n`]);
});

it("the options of a long test are explained", () => {
  const [status, help] = run(feed, "--help");
  expect(status).toBe(0);
  expect(help).toContain("--nodes N                   how many server processes share the database (2)");
});

const root = new URL("../../../", import.meta.url);
it.each([
  ["test:packages", "tooling/acceptance/src/packages/main.ts"],
  ["test:engines", "tooling/acceptance/src/engines/main.ts"],
  ["screenshots", "tooling/acceptance/src/console/screenshots.ts"],
  ["fixtures", "apps/api/src/testing/releases/make.ts"],
  ["db:new-migration", "apps/api/src/testing/new-migration.ts"],
  ["release", "tooling/release/src/main.ts"],
  ["demo", "tooling/demo/src/main.ts"],
])("npm run %s does nothing with a wrong option but name it, and explains itself", (script, path) => {
  const main = fileURLToPath(new URL(path, root));
  const [status, output, complaint] = run(main, "--nope");
  expect([status === 0, output]).toEqual([false, ""]);
  expect(complaint).toMatch(/^([a-z]+: )?Unknown option '--nope'[^\n]*\n(npm run .+\n)?$/);
  const [code, help] = run(main, "--help");
  expect(code).toBe(0);
  expect(help).toContain(`npm run ${script}`);
});

it("a migration without a name is refused in one line", () => {
  expect(run(fileURLToPath(new URL("apps/api/src/testing/new-migration.ts", root)))).toEqual([
    1,
    "",
    "db:new-migration: the name of a migration consists of lower-case letters, digits and hyphens, such as new-field\n",
  ]);
});

it("the options of a benchmark of one surface are explained, and wrong ones named", () => {
  const [status, help] = run(scim, "--help");
  expect(status).toBe(0);
  expect(help).toContain("--database TEXT  sqlite: a new file; postgres: a new server");
  const hint = "npm run bench:scim -- --help explains the options";
  expect(run(scim, "--users", "many")).toEqual([
    2,
    "",
    `--users is a whole number from 1 on, and not many\n${hint}\n`,
  ]);
});
