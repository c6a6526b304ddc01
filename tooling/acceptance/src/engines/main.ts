import { once } from "node:events";
import { access, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { readArguments } from "@roster/api/testing/options";
import { bundle, pageOfScript } from "../browser.ts";
import { startBrowser } from "../console/chromium.ts";
import { Checks } from "../outside/checks.ts";
import { newProject, run, versionHere, type OutsideProject } from "../outside/project.ts";
import { startServer } from "../server.ts";
import { program, seen } from "./program.ts";

const help = `npm run test:engines -- [options]

Runs one program of the client, as it is packed, on several versions of Node, on Deno, on Bun and in a browser,
against a server. The engines come from the npm registry; a browser that is installed takes the place of
that of a package.

  --only NAME   node-20, node-22, node-24, deno, bun or browser, any number of times (default: all)
  --require     makes an engine whose package cannot be installed a failure; without it, it is skipped
  --help

Exits with 1 if anything is wrong.
`;
const { values } = readArguments("test:engines", help, {
  options: {
    only: { type: "string", multiple: true },
    require: { type: "boolean", default: false },
  },
});

/** The packages that bring the engines' binaries, without scripts that run at the installation. */
const platform = `${process.platform}-${process.arch}`;
const engines: { name: string; package: string; command(modules: string): string[] }[] = [
  ...["20", "22", "24"].map((version) => ({
    name: `node-${version}`,
    package: `npm:node-${platform}@${version}`,
    command: (modules: string) => [join(modules, `engine-node-${version}`, "bin/node")],
  })),
  {
    name: "deno",
    package: `npm:@deno/${platform}${process.platform === "linux" ? "-glibc" : ""}@2.9.6`,
    command: (modules) => [
      join(modules, "engine-deno/deno"),
      "run",
      "--allow-all",
      "--node-modules-dir=manual",
    ],
  },
  {
    name: "bun",
    package: `npm:@oven/bun-${platform}@1.4.5`,
    command: (modules) => [join(modules, "engine-bun/bin/bun"), "run"],
  },
];
const names = [...engines.map(({ name }) => name), "browser"];
for (const name of values.only?.filter((one) => !names.includes(one)) ?? []) {
  process.stderr.write(`--only is one of ${names.join(", ")}, and not ${name}\n`);
  process.exit(2);
}
const wanted = (name: string): boolean => values.only === undefined || values.only.includes(name);

const checks = new Checks();
const check = (name: string, doIt: () => Promise<unknown>): Promise<void> =>
  checks.check(name, async () => {
    const result = await doIt();
    if (!isDeepStrictEqual(result, seen)) throw new Error(`it saw ${JSON.stringify(result)}`);
  });

/** Runs the program in a page, which sends what it saw. */
async function inBrowser(project: OutsideProject): Promise<unknown> {
  const result = Promise.withResolvers<unknown>();
  let script: Uint8Array = new Uint8Array();
  const pages = createServer((request, response) => {
    if (request.method === "POST") {
      json(request).then(result.resolve, result.reject);
      return response.end();
    }
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    return response.end(isScript ? script : pageOfScript);
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  const server = await startServer({ CORS_ORIGINS: origin });
  const call = `check(${JSON.stringify(server.url)}, ${JSON.stringify(server.token)})`;
  script = await bundle(
    `import { check } from "./check.mjs";
     const send = (body) => fetch("/", { method: "POST", body: JSON.stringify(body) });
     ${call}.then(send, (error) => send(String(error)));`,
    project.folder,
  );
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => result.reject(error));
    await page.goto(origin);
    return await result.promise;
  } finally {
    await browser.close();
    pages.closeAllConnections();
    pages.close();
    await server.dispose();
  }
}

const versions = {
  "@trpc/client": await versionHere("@trpc/client"),
  "@trpc/server": await versionHere("@trpc/server"),
};
const installed = Object.fromEntries(
  engines.filter(({ name }) => wanted(name)).map((engine) => [`engine-${engine.name}`, engine.package]),
);
const project = await newProject(versions, { locked: false, optional: installed });
try {
  await writeFile(join(project.folder, "check.mjs"), program);
  await writeFile(
    join(project.folder, "main.mjs"),
    `import { check } from "./check.mjs";
     const [, , url, token] = globalThis.process.argv;
     console.log(JSON.stringify(await check(url, token)));
     globalThis.process.exit();`,
  );
  const modules = join(project.folder, "node_modules");
  for (const engine of engines.filter(({ name }) => wanted(name))) {
    const [binary = "", ...words] = engine.command(modules);
    const isThere = await access(binary).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      const why = `the package ${engine.package.slice("npm:".length)} cannot be installed`;
      if (values.require) await checks.check(engine.name, () => Promise.reject(new Error(why)));
      else checks.skip(engine.name, why);
      continue;
    }
    await check(engine.name, async () => {
      const server = await startServer();
      try {
        const args = [...words, "main.mjs", server.url, server.token];
        return JSON.parse((await run(binary, args, project.folder)).stdout) as unknown;
      } finally {
        await server.dispose();
      }
    });
  }
  if (wanted("browser")) await check("browser", () => inBrowser(project));
} finally {
  await project.remove();
}
checks.end();
