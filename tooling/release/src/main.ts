import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import getChangesets from "@changesets/read";
import { section, withSection } from "./changelog.ts";
import { makeTarballs } from "./tarballs.ts";

const help = `npm run release -- [options]

Makes a release from the changesets: builds everything anew, checks and tests it, gives all packages their
next version, writes the section of CHANGELOG.md, and packs the packages into a folder. It publishes nothing
and commits nothing.

  --scope @NAME       the npm scope of the packages (default @roster); one that you own, if they go to a registry
  --repository URL    where the sources are, for the packages' \`repository\`
  --at URL            where the tarballs will lie: the packages then name each other by these addresses
  --to FOLDER         the folder for the tarballs, which is emptied (default release)
  --skip-tests        leaves out the tests, for a commit that has passed them; everything else is checked
  --pack-only         only packs what is there, under its present version
  --help
`;
const fail = (why: string): never => {
  process.stderr.write(`release: ${why}\n`);
  process.exit(1);
};
const config = {
  options: {
    scope: { type: "string" },
    repository: { type: "string" },
    at: { type: "string" },
    to: { type: "string", default: "release" },
    "skip-tests": { type: "boolean", default: false },
    "pack-only": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
} as const;
function readOptions() {
  try {
    return parseArgs(config).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
const values = readOptions();

const root = resolve(import.meta.dirname, "../../..");
const call = (program: string, ...args: string[]): void =>
  void execFileSync(program, args, { cwd: root, stdio: "inherit" });
const versionHere = (): string =>
  (JSON.parse(readFileSync(join(root, "packages/domain/package.json"), "utf8")) as { version: string })
    .version;

if (values.help) {
  process.stdout.write(help);
  process.exit();
}
if (values.scope !== undefined && !/^@[a-z0-9][a-z0-9._-]*$/.test(values.scope))
  fail("--scope must be an npm scope, such as @acme");
for (const name of ["repository", "at"] as const)
  if (values[name] !== undefined && !URL.canParse(values[name])) fail(`--${name} must be an address`);

if (!values["pack-only"]) {
  if (execFileSync("git", ["status", "--porcelain"], { cwd: root }).length > 0)
    fail("the working tree has changes that are not committed");
  const changesets = await getChangesets(root);
  if (changesets.length === 0) fail("there is nothing to release: npx changeset describes a change");

  call("npm", "run", "build", "--", "--force");
  const checks = ["format:check", "lint", "types", ...(values["skip-tests"] ? [] : ["test"])];
  for (const check of checks) call("npm", "run", check);

  call("npx", "changeset", "version");
  call("npm", "install", "--package-lock-only", "--no-audit", "--no-fund");
  const changelog = join(root, "CHANGELOG.md");
  const added = section(versionHere(), new Date().toISOString().slice(0, 10), changesets);
  writeFileSync(changelog, withSection(readFileSync(changelog, "utf8"), added));
}

const to = resolve(root, values.to);
const names = await makeTarballs(root, { ...values, to });
const version = versionHere();
process.stdout.write(`
${names.map((name) => join(values.to, name)).join("\n")}

Install them from the folder:   npm install ${join(values.to, "*.tgz")}
${values["pack-only"] ? "" : `Then commit and tag the release:  git commit -am "Release ${version}" && git tag v${version}\n`}`);
