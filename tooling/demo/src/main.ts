import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "@hono/node-server";
import { createApi } from "@roster/api";
import { levels, makeCompany, type Company } from "./company.ts";
import { documentedCalls } from "./documented.ts";
import { untilEnter } from "./pause.ts";
import { bold, dim, paint, print, printIn, wrap, width } from "./terminal.ts";
import { allFaults, history, inheritance, twoWriters, typedUpdate } from "./tour.ts";

/** A tour of Roster on the terminal: a real server on a temporary database, and real calls to it. */

const help = `npm run demo -- [--pause]

Shows Roster in the terminal, on a temporary database.

  --pause   waits for Enter between chapters
`;

/** Clean-up steps, which run however the demo ends. */
const undo: (() => unknown)[] = [];
async function finish(): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step();
}

let interrupted = false;
/** Ends the tour early. A second signal ends it at once. */
function interrupt(code: number): void {
  if (interrupted) process.exit(code);
  interrupted = true;
  void finish().finally(() => process.exit(code));
}
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.on(signal, () => interrupt(128 + number));
}
// The reader of a pipe may close it: `npm run demo | head`.
process.stdout.on("error", () => interrupt(0));

async function tour(): Promise<void> {
  const { values: options } = parseArgs({
    options: { pause: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (options.help) {
    process.stdout.write(help);
    return;
  }
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "roster-demo-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  undo.push(removeFolder);

  const api = await createApi({ databaseUrl: `sqlite:${join(folder, "roster.db")}` });
  undo.push(() => api.close());
  const server = serve({ fetch: api.fetch, hostname: "127.0.0.1", port: 0 });
  undo.push(() => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    if ("closeAllConnections" in server) server.closeAllConnections();
    return closed;
  });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (api.firstToken === undefined) throw new Error("the temporary database is not new");

  const writing = performance.now();
  const company = await makeCompany(url, api.firstToken);
  await introduce(company, url, performance.now() - writing);

  const chapters = [typedUpdate, allFaults, twoWriters, inheritance, history, documentedCalls];
  for (const chapter of chapters) {
    if (options.pause && process.stdout.isTTY) await untilEnter(process.stdin, process.stdout);
    await chapter(company, url);
  }
  await finish();
  close((performance.now() - started) / 1000);
}

async function introduce({ admin, number }: Company, url: string, took: number): Promise<void> {
  const [tenant, customers, users, channels, tags, groups] = await Promise.all([
    admin.tenant.get.query(),
    admin.customer.list.query({ limit: 200 }),
    admin.user.list.query({ limit: 200 }),
    admin.channel.list.query(),
    admin.groupTag.list.query(),
    admin.accessGroup.list.query(),
  ]);
  const at = (level: string) =>
    customers.items.filter(({ hierarchyLevel }) => hierarchyLevel === level).length;
  const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name).join(", ");
  print(`${bold("Roster")}  customer and user records with safe, typed updates`);
  const note = `A real server on a temporary database: ${url}. Everything below is its output.`;
  print(...wrap(note, width).map(dim), "");
  const facts: [string, string][] = [
    [
      "Tenant",
      `${tenant.name} (number ${number}, phone numbers are ${tenant.defaultCountry} unless they say so)`,
    ],
    ["Customers", `${customers.items.length}: ${levels.map((level) => `${at(level)} ${level}`).join(" › ")}`],
    ["Users", users.items.map(({ username }) => username).join(", ")],
    ["Channels", channels.items.map((channel) => `${channel.number} ${channel.name}`).join(", ")],
    ["Tags", names(tags)],
    ["Access groups", names(groups)],
    ["Written in", `${took.toFixed(0)} ms, over HTTP, every record on disk before it was answered`],
  ];
  for (const [name, text] of facts) {
    const [first = "", ...rest] = wrap(text, width - 18);
    printIn(`${paint("cyan", name.padEnd(14))}  ${first}`, ...rest.map((line) => " ".repeat(16) + line));
  }
}

function close(seconds: number): void {
  print(dim("─".repeat(width)));
  print(
    `${bold("That was Roster")} in ${seconds.toFixed(1)} s; its database is deleted. Continue with your own:`,
    "",
  );
  const next: [string, string][] = [
    ["npm start", "a server of your own, with lines to paste"],
    ["docs/updates.md", "everything that an update can do"],
    ["docs/wire-formats.md", "the five documented APIs, and how to add a sixth"],
  ];
  for (const [name, text] of next) printIn(`${paint("cyan", name.padEnd(20))}  ${text}`);
}

await tour().catch(async (error: unknown) => {
  // Errors caused by the interruption are not reported.
  if (interrupted) return;
  await finish();
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
