import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { readArguments } from "@roster/api/testing/options";
import { makeTarballs } from "../../../release/src/tarballs.ts";
import { Checks } from "../outside/checks.ts";
import { packageNames, packPackages, root } from "../outside/project.ts";
import { runContainer } from "./container.ts";
import { copyExample, examples } from "./examples.ts";
import { finished, startPacked, startProgram, type Finished } from "./packed.ts";
import { visit } from "./visits.ts";

const help = `npm run test:packages -- [options]

Packs the packages, and tries them in empty folders, from the packed files alone: the server in a production
installation, started as its readme says; the client and the command line beside it; releases that are
installed by their addresses, one of them under another scope; the steps of the Dockerfile; and each example,
as its readme says, that of Next in a browser, too. Other packages come from npm's cache, or else from the
registry.

  --only NAME   server, release, container or the name of an example, any number of times (default: all)
  --keep        keeps the folders
  --help

Exits with 1 if anything is wrong. The test of the packages in npm test is its short form.
`;
const { values } = readArguments("test:packages", help, {
  options: {
    only: { type: "string", multiple: true },
    keep: { type: "boolean", default: false },
  },
});

/** The largest production installation of the server, in bytes. */
const largest = 150 * 1024 * 1024;

const checks = new Checks();

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

/** Makes an empty project. @returns its folder */
async function newFolder(name: string): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  return folder;
}

/**
 * Starts the server as its readme describes, and calls it with the client and the command line.
 * @param scope the scope of the packages
 * @param sibling the folder where the client and the command line are installed
 */
async function checkStart(folder: string, sibling: string, scope = "@roster"): Promise<void> {
  const started = await startPacked("npx", ["roster-server"], folder, env);
  try {
    await writeFile(
      join(sibling, "hello.js"),
      `import { createClient, isNotFound } from "${scope}/client";
       const client = createClient({ url: process.env.ROSTER_URL, token: process.env.ROSTER_TOKEN });
       const acme = await client.customer.create.mutate({ providedId: "acme", name: "Acme" });
       const refused = await client.user.get.query({ where: { username: "nobody" } }).catch((error) => error);
       console.log(acme.name, acme.createdAt instanceof Date, isNotFound(refused));`,
    );
    const given = { ...env, ROSTER_URL: started.url, ROSTER_TOKEN: started.token };
    const said = orThrow("hello.js", await finished("node", ["hello.js"], sibling, given));
    if (said !== "Acme true true\n") throw new Error(`the client said ${said}`);
    for (const [words, expected] of [
      ["whoami", started.url],
      ["customer update acme job=maker", "version 2"],
    ] as const) {
      const answer = await finished("npx", ["roster", ...words.split(" ")], sibling, given);
      const printed = orThrow(`roster ${words}`, answer);
      if (!printed.includes(expected)) throw new Error(`roster ${words} said ${printed}`);
    }
  } finally {
    // The signal ends npx, and the server after it: only then is its output closed.
    await started.stop();
  }
}

async function checkServer(tarballs: readonly string[]): Promise<void> {
  const folder = await newFolder("server");
  const [domain, client, server, cli] = tarballs as [string, string, string, string];
  await checks.check("the server is installed for production", async () => {
    await npm(folder, ...installing, "--omit=dev", server, domain, client);
    const size = await sizeOf(join(folder, "node_modules"));
    if (size > largest) throw new Error(`${megabytes(size)}, and not ${megabytes(largest)} at most`);
    return megabytes(size);
  });
  await checks.check(
    "npx roster-server starts in an empty folder, answers the client and the command line, and stops",
    async () => {
      const sibling = await newFolder("sibling");
      await npm(sibling, ...installing, client, domain, cli);
      await checkStart(folder, sibling);
    },
  );
}

/** Serves the files of a folder. @returns its address, and a function that stops it */
async function serveFiles(folder: string): Promise<{ at: string; stop(): void }> {
  const files = createServer((request, response) => {
    void readFile(join(folder, basename(request.url ?? ""))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  files.listen(0, "127.0.0.1");
  await once(files, "listening");
  const stop = () => {
    files.closeAllConnections();
    files.close();
  };
  return { at: `http://127.0.0.1:${(files.address() as AddressInfo).port}`, stop };
}

/** Releases that are served at an address. */
async function checkRelease(packed: string, tarballs: readonly string[]): Promise<void> {
  await checks.check("a release is installed by the addresses of its files", async () => {
    const files = await serveFiles(packed);
    try {
      const folder = await newFolder("addresses");
      await npm(folder, ...installing, ...tarballs.map((tarball) => `${files.at}/${basename(tarball)}`));
      await checkStart(folder, folder);
    } finally {
      files.stop();
    }
  });
  await checks.check(
    "a release under another scope is installed by one address for each program",
    async () => {
      const to = join(home, "renamed");
      const files = await serveFiles(to);
      try {
        const folder = await newFolder("release");
        const names = await makeTarballs(root, {
          to,
          at: files.at,
          scope: "@another",
          repository: "https://git.example/roster",
        });
        const addressOf = (name: string) => `${files.at}/${names.find((one) => one.includes(`-${name}-`))}`;
        await npm(folder, ...installing, addressOf("server"), addressOf("cli"));
        await checkStart(folder, folder, "@another");
        await writeFile(
          join(folder, "memory.js"),
          `import { startRoster } from "@another/server/testing";
           const roster = await startRoster();
           console.log((await roster.make.customer({ name: "Acme" })).name);
           await roster.close();`,
        );
        const said = orThrow("memory.js", await finished("node", ["memory.js"], folder, env));
        if (said !== "Acme\n") throw new Error(`the program said ${said}`);
        const installed = await readdir(join(folder, "node_modules"));
        if (installed.includes("@roster"))
          throw new Error("packages of the scope @roster are installed, too");
      } finally {
        files.stop();
      }
    },
  );
}

/** The environment variables that the programs of the examples need to start. */
const exampleSettings = {
  PORT: "0",
  ROSTER_TOKEN: "the-token-of-this-example-0123456789",
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 1).toString("base64")}`,
};

async function checkExample(name: string, tarballs: readonly string[]): Promise<void> {
  const folder = join(home, name);
  await checks.check(`the example ${name}: npm install and npm test`, async () => {
    await copyExample(name, folder);
    await npm(folder, ...installing, ...tarballs);
    // Tests that cannot run here print the reason.
    return /# SKIP (.*)/.exec(await npm(folder, "test"))?.[1];
  });
  const readme = await readFile(join(folder, "README.md"), "utf8");
  if (!/^(\S+=\S+ )*npm start\b/m.test(readme)) return;
  await checks.check(`the example ${name}: npm start`, async () => {
    const settings = { ...env, ...exampleSettings };
    const started = await startProgram("npm", ["start"], folder, settings, { group: true });
    try {
      // The receiver of webhooks refuses everything that is not signed.
      const { status } = await fetch(started.url);
      if (status >= 500) throw new Error(`its first page answers ${status}`);
      return await visit(name, started.url);
    } finally {
      await started.stop();
    }
  });
}

try {
  const wanted = (name: string) => values.only === undefined || values.only.includes(name);
  const packed = join(home, "packed");
  await mkdir(packed);
  const tarballs = await packPackages(packed, packageNames);
  if (wanted("server")) await checkServer(tarballs);
  if (wanted("release")) await checkRelease(packed, tarballs);
  if (wanted("container"))
    await checks.check("the steps of the Dockerfile work in a folder, as another user", async () => {
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
checks.end();
