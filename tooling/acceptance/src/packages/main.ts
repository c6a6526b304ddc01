import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { makeTarballs } from "../../../release/src/tarballs.ts";
import { packageNames, packPackages, root } from "../outside/project.ts";
import { runContainer } from "./container.ts";
import { copyExample, examples } from "./examples.ts";
import { finished, startPacked, type Finished } from "./packed.ts";

const help = `npm run test:packages -- [options]

Packs the packages, and tries them in empty folders, from the packed files alone and with production
installations: the server, started as its readme says; the client and the command line beside it; and each
example, as its readme says. Other packages come from npm's cache, or else from the registry.

  --only NAME   server, release, container or the name of an example, any number of times (default: all)
  --keep        keeps the folders
  --help

Exits with 1 if anything is wrong. The test of the packages in npm test is its short form.
`;
const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}

/** The largest production installation of the server, in bytes. */
const largest = 150 * 1024 * 1024;

let failed = 0;
async function check(what: string, doIt: () => Promise<string | void>): Promise<void> {
  const start = performance.now();
  try {
    const more = await doIt();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`ok      ${what} (${[more, `${seconds} s`].filter(Boolean).join(", ")})`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function orThrow(what: string, { code, stdout, stderr }: Finished): string {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

const home = await mkdtemp(join(tmpdir(), "roster-packages-"));
/** The `node` of this repository is the first, because that of the machine may be too old for the server. */
const env = {
  PATH: [
    join(process.execPath, ".."),
    ...(process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules")),
  ].join(delimiter),
};
const npm = async (cwd: string, ...args: string[]): Promise<string> =>
  orThrow(`npm ${args.join(" ")}`, await finished("npm", args, cwd, env));
const installing = ["install", "--prefer-offline", "--no-audit", "--no-fund"];

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MB`;

async function checkServer(tarballs: readonly string[]): Promise<void> {
  const folder = join(home, "server");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const [domain, client, server, cli] = tarballs as [string, string, string, string];

  await check("the server is installed for production", async () => {
    await npm(folder, ...installing, "--omit=dev", server, domain, client);
    const size = await sizeOf(join(folder, "node_modules"));
    if (size > largest) throw new Error(`${megabytes(size)}, and not ${megabytes(largest)} at most`);
    return megabytes(size);
  });
  await check(
    "npx roster-server starts in an empty folder, answers the client and the command line, and stops",
    async () => {
      const started = await startPacked("npx", ["roster-server"], folder, env);
      try {
        const sibling = join(home, "sibling");
        await mkdir(sibling);
        await writeFile(join(sibling, "package.json"), '{ "private": true, "type": "module" }');
        await npm(sibling, ...installing, client, domain, cli);
        await writeFile(
          join(sibling, "hello.js"),
          `import { createClient } from "@roster/client";
         const client = createClient({ url: process.env.ROSTER_URL, token: process.env.ROSTER_TOKEN });
         const acme = await client.customer.create.mutate({ providedId: "acme", name: "Acme" });
         console.log(acme.name, acme.createdAt instanceof Date);`,
        );
        const given = { ...env, ROSTER_URL: started.url, ROSTER_TOKEN: started.token };
        const said = orThrow("hello.js", await finished("node", ["hello.js"], sibling, given));
        if (said !== "Acme true\n") throw new Error(`the client said ${said}`);
        const words = ["roster", "customer", "update", "acme", "job=maker"];
        const updated = orThrow("roster", await finished("npx", words, sibling, given));
        if (!updated.includes("version 2")) throw new Error(`the command line said ${updated}`);
      } finally {
        // The signal ends npx, and the server after it: only then is its output closed.
        await started.stop();
      }
    },
  );
}

/** A release under another name, served at an address: one tarball is enough to install it. */
async function checkRelease(): Promise<void> {
  await check("a release under another scope is installed by one address", async () => {
    const folder = join(home, "release");
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    const to = join(home, "renamed");
    const files = createServer((request, response) => {
      void readFile(join(to, basename(request.url ?? ""))).then(
        (content) => response.end(content),
        () => response.writeHead(404).end(),
      );
    });
    files.listen(0, "127.0.0.1");
    await once(files, "listening");
    try {
      const at = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
      const names = await makeTarballs(root, {
        to,
        at,
        scope: "@another",
        repository: "https://git.example/roster",
      });
      await npm(folder, ...installing, `${at}/${names.find((name) => name.includes("-server-"))}`);
      await writeFile(
        join(folder, "hello.js"),
        `import { createClient, isNotFound } from "@another/client";
         import { startRoster } from "@another/server/testing";
         const roster = await startRoster();
         const client = createClient({ url: await roster.listen(), token: roster.token });
         const refused = await client.user.get.query({ where: { username: "nobody" } }).catch((error) => error);
         console.log(isNotFound(refused), (await roster.make.customer({ name: "Acme" })).name);
         await roster.close();`,
      );
      const said = orThrow("hello.js", await finished("node", ["hello.js"], folder, env));
      if (said !== "true Acme\n") throw new Error(`the program said ${said}`);
      const installed = await readdir(join(folder, "node_modules"));
      if (installed.includes("@roster")) throw new Error("packages of the scope @roster are installed, too");
    } finally {
      files.closeAllConnections();
      files.close();
    }
  });
}

async function checkExample(name: string, tarballs: readonly string[]): Promise<void> {
  await check(`the example ${name} works as its readme says`, async () => {
    const folder = join(home, name);
    await copyExample(name, folder);
    await npm(folder, ...installing, ...tarballs);
    await npm(folder, "test");
  });
}

try {
  const wanted = (name: string) => values.only === undefined || values.only.includes(name);
  const packed = join(home, "packed");
  await mkdir(packed);
  const tarballs = await packPackages(packed, packageNames);
  if (wanted("server")) await checkServer(tarballs);
  if (wanted("release")) await checkRelease();
  if (wanted("container"))
    await check("the steps of the Dockerfile work in a folder, as another user", async () => {
      const folder = join(home, "container");
      await mkdir(folder);
      // Its user must be able to reach it.
      await chmod(home, 0o755);
      await runContainer(folder, packed, env);
    });
  for (const name of (await examples()).filter(wanted)) await checkExample(name, tarballs);
} finally {
  if (values.keep) console.log(`kept in ${home}`);
  else await rm(home, { recursive: true, force: true });
}
console.log(failed === 0 ? "all of it works" : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
