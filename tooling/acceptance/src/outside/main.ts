import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordTypes, type Fields } from "@roster/domain";
import { readOptions } from "@roster/api/testing/options";
import { startServer, type Server } from "../server.ts";
import { Checks } from "./checks.ts";
import { documentation } from "./editor.ts";
import {
  commonJs,
  fieldPlaces,
  fieldUses,
  infiniteList,
  infiniteListAnswer,
  program,
  secondCopy,
  secondCopyAnswer,
  wrongCalls,
} from "./programs.ts";
import { compile, newProject, resolutions, run, versionHere, type OutsideProject } from "./project.ts";

const here = await versionHere("@trpc/client");
/** The lowest and the latest version in the client's range, and some between. */
const trpcVersions = ["11.4.4", "11.8.1", "11.19.0", here, "11.25.2"];

const { trpc } = readOptions(
  "test:outside",
  "Installs the packages in projects outside, from the registry: with each version of tRPC, compiled by\nseveral versions of TypeScript and run on several of Node. The test of what is published is its short form.",
  { trpc: { texts: trpcVersions, what: "a version of tRPC, any number of times" } },
);

const typescriptVersions = ["5.7", "5.9", "7.0"];
const nodeVersions = ["20", "22", "24"];

const typescriptAt = (version: string) => `typescript-${version}`;
const nodeAt = (version: string) => `node-${version}`;
const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const aliases = (names: string[], alias: (version: string) => string, of: string) =>
  Object.fromEntries(names.map((version) => [alias(version), `npm:${of}@${version}`]));

const checks = new Checks();

const expectSame = (actual: string, expected: object): void => {
  const wanted = JSON.stringify(expected);
  if (actual.trim() !== wanted) throw new Error(`${actual.trim()}, not ${wanted}`);
};

async function checkTrpc(version: string, server: Server): Promise<void> {
  const hasHooks = version === here || version === "11.19.0";
  const project = await newProject(
    {
      "@types/node": await versionHere("@types/node"),
      "@trpc/client": version,
      "@trpc/server": version,
      ...aliases(typescriptVersions, typescriptAt, "typescript"),
      ...aliases(nodeVersions, nodeAt, nodePackage),
      ...(hasHooks && {
        "@trpc/tanstack-react-query": version,
        // The hooks' peer dependency.
        typescript: await versionHere("typescript"),
        "@tanstack/react-query": await versionHere("@tanstack/react-query"),
        "@types/react": await versionHere("@types/react"),
        react: await versionHere("react"),
        "react-test-renderer": await versionHere("react-test-renderer"),
      }),
    },
    { locked: false },
  );
  try {
    for (const typescript of typescriptVersions) await checkTypes(project, version, typescript, server);
    await checks.check(`tRPC ${version}: an editor with TypeScript 5.9 says what fields are`, async () => {
      const marks = fieldPlaces.map(([mark]) => mark);
      const said = documentation(project, typescriptAt("5.9"), fieldUses, marks);
      const expected = fieldPlaces.map(
        ([, type, field]) => (recordTypes[type] as Fields)[field]?.description,
      );
      expectSame(JSON.stringify(said), expected);
    });
    if (hasHooks) {
      await checks.check(`tRPC ${version}: an infinite list in a React hook`, async () => {
        const { folder, errors } = await compile(
          project,
          "bundler",
          { "list.ts": infiniteList },
          { skipLibCheck: true },
        );
        if (errors.length > 0) throw new Error(errors.map(({ text }) => text).join("\n"));
        expectSame(await runWith(project, "24", join(folder, "list.js"), server), infiniteListAnswer);
      });
    }
    for (const other of trpcVersions.filter((one) => one !== version)) {
      await checks.check(`tRPC ${version} of the client, ${other} of the program: errors`, async () => {
        const folder = join(project.folder, `other-${other}`);
        await mkdir(folder);
        const dependencies = { "@trpc/client": other, "@trpc/server": other };
        await writeFile(
          join(folder, "package.json"),
          JSON.stringify({ name: "other", private: true, dependencies }),
        );
        await run(
          "npm",
          ["install", "--prefer-offline", "--legacy-peer-deps", "--no-audit", "--no-fund"],
          folder,
        );
        await writeFile(join(folder, "main.mjs"), secondCopy);
        expectSame(await runWith(project, "24", join(folder, "main.mjs"), server), secondCopyAnswer);
      });
    }
  } finally {
    await project.remove();
  }
}

/** Compiles with one version of TypeScript, and runs the result on all versions of Node. */
async function checkTypes(
  project: OutsideProject,
  version: string,
  typescript: string,
  server: Server,
): Promise<void> {
  for (const resolution of resolutions) {
    let folder: string | undefined;
    await checks.check(`tRPC ${version}, TypeScript ${typescript}, ${resolution}: types`, async () => {
      const files = {
        "right.ts": program,
        "wrong.ts": wrongCalls,
        ...(resolution === "nodenext" && { "common.cts": commonJs }),
      };
      const compiled = await compile(project, resolution, files, { typescript: typescriptAt(typescript) });
      if (compiled.errors.length > 0) throw new Error(compiled.errors.map(({ text }) => text).join("\n"));
      ({ folder } = compiled);
    });
    if (folder === undefined || resolution !== "nodenext") continue;
    for (const node of nodeVersions) {
      await checks.check(`tRPC ${version}, TypeScript ${typescript}, Node ${node}: a program`, async () => {
        const answer = JSON.parse(
          await runWith(project, node, join(folder as string, "right.js"), server),
        ) as {
          version: string;
          same: boolean;
        };
        if (!answer.version.startsWith(`v${node}.`) || !answer.same) throw new Error(JSON.stringify(answer));
      });
      await checks.check(`tRPC ${version}, TypeScript ${typescript}, Node ${node}: CommonJS`, async () =>
        expectSame(await runWith(project, node, join(folder as string, "common.cjs"), server), {
          name: "CommonJS",
          notFound: true,
        }),
      );
    }
  }
}

async function runWith(project: OutsideProject, node: string, file: string, server: Server): Promise<string> {
  const runtime = join(project.folder, "node_modules", nodeAt(node), "bin/node");
  return (await run(runtime, [file, server.url, server.token], project.folder)).stdout;
}

for (const version of trpc) {
  // A new server for each run, because the program expects an empty one.
  const server = await startServer();
  try {
    await checkTrpc(version, server);
  } finally {
    await server.dispose();
  }
}
checks.end();
