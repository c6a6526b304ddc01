import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { format, promisify } from "node:util";
import { createClient, type RosterClient } from "@roster/client";
import { beforeAll, expect, it } from "vitest";
import { useServer } from "../use-server.ts";

/** Runs every example in docs/finding.md as written, and compares what it prints with its comment. */
const guide = readFileSync(new URL("../../../../docs/finding.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);

const { server } = useServer({}, { mayLogErrors: false });
let client: RosterClient;
beforeAll(async () => {
  client = createClient({ url: server.url, token: server.token });
  await Promise.all(["vip", "trial"].map((name) => client.groupTag.create.mutate({ name })));
  for (const name of ["Ann Lee", "Anna Leeds", "Joanna Fleet"]) await client.customer.create.mutate({ name });
  await client.customer.create.mutate({
    firstName: "Annie",
    lastName: "Moreau",
    addressCity: "Lyon",
    dateOfBirth: "1985-05-05",
    groupTags: ["vip"],
    properties: { plan: "pro", seats: 5, address: { city: "Lyon" } },
  });
});

type Run = (client: RosterClient, console: { log(...values: unknown[]): void }) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...texts: string[]) => Run;

it.each(blocks("ts"))("%s", async (code) => {
  const printed: string[] = [];
  const run = new AsyncFunction("client", "console", stripTypeScriptTypes(code));
  await run(client, { log: (...values) => void printed.push(format(...values)) });
  expect(printed).toEqual(
    [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, wanted]) => wanted),
  );
});

it.each(blocks("sh").flatMap((block) => block.trim().split("\n")))("%s", async (command) => {
  const env = { PATH: process.env["PATH"], ROSTER: server.url, TOKEN: server.token };
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { env });
  const { items, count } = JSON.parse(stdout) as { items?: unknown[]; count?: number };
  expect([items?.length, count]).toEqual(command.includes("/counts/") ? [undefined, 4] : [1, undefined]);
});
