import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readOptions } from "@roster/api/testing/options";
import { createClient } from "@roster/client";
import { exportRecords, importRecords, writeCsv, type ImportOptions } from "@roster/client/import";
import type { CustomerListInput } from "@roster/domain";
import { customerInput } from "../customers.ts";
import { databaseOption, startOwnServer } from "../own-server.ts";
import { usageOfAll } from "../usage.ts";

/**
 * `npm run bench:files` measures import, export and undo of a file of customers, beside `updateMany`, and then
 * the first page of searches, lists and counts among them. It prints rows per second, the ratio to `updateMany`,
 * processor time of the server for a row, and the memory of this process, which imports, and of the server.
 */

const { rows, times, database } = readOptions("bench:files", "Measures import, export, undo and searches.", {
  rows: { what: "how many rows the file has", number: 100_000, least: 1 },
  times: { what: "how often each search is made", number: 30, least: 1 },
  database: databaseOption,
});

const server = await startOwnServer(database);
const { url, token, pid, folder } = server;
const client = createClient({ url, token });
const say = (text: string) => process.stdout.write(`${text}\n`);
const megabytes = (bytes: number | undefined) => `${Math.round((bytes ?? 0) / 1e6)} MB`;

const columns = [
  "providedId",
  "name",
  "firstName",
  "lastName",
  "email",
  "phone",
  "dateOfBirth",
  "addressCity",
];
/** Writes a file of the customers. @param city the value that makes the next file another one */
async function write(name: string, city: string): Promise<string> {
  const file = join(folder, name);
  await pipeline(
    Readable.from(
      (function* () {
        yield writeCsv(columns, ",");
        for (let i = 0; i < rows; i++) {
          const { providedId, name: full, firstName, lastName, email, phone, dateOfBirth } = customerInput(i);
          const cells = [providedId, full, firstName, lastName, email, phone, dateOfBirth, city];
          yield writeCsv(
            cells.map((cell) => cell ?? ""),
            ",",
          );
        }
      })(),
    ),
    createWriteStream(file),
  );
  return file;
}

/** Rows per second of `updateMany`, once it is measured. */
let base: number | undefined;
/** Measures work on rows. */
async function measure(name: string, count: number, work: () => Promise<void>): Promise<number> {
  const before = usageOfAll([pid])?.cpuMicros ?? 0;
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1_000;
  const rate = count / seconds;
  const cpu = ((usageOfAll([pid])?.cpuMicros ?? before) - before) / count;
  const ratio = base === undefined ? "" : `${(rate / base).toFixed(2)} × updateMany`;
  say(
    `${name.padEnd(34)} ${Math.round(rate).toLocaleString("en").padStart(8)} rows/s  ${ratio.padEnd(18)} server ${cpu.toFixed(0).padStart(4)} µs a row  ` +
      `memory: this process ${megabytes(process.memoryUsage.rss())}, server ${megabytes(usageOfAll([pid])?.resident)}`,
  );
  return rate;
}

async function load(file: string, more: Partial<ImportOptions> = {}): Promise<string> {
  const source = () => Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  const { refused, changeSet } = await importRecords(client, source, {
    type: "customer",
    key: "providedId",
    ...more,
  });
  if (refused > 0) throw new Error(`${refused} rows were refused`);
  return changeSet ?? "";
}

async function updateMany(count: number): Promise<void> {
  let next = 0;
  await Promise.all(
    [0, 1].map(async () => {
      for (let from = next; from < count; from = next) {
        next += 1_000;
        const items = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => ({
          where: { providedId: customerInput(from + i).providedId ?? "" },
          patch: { addressNeighborhood: `of ${from + i}` },
        }));
        await client.customer.updateMany.mutate({ mode: "independent", items });
      }
    }),
  );
}

async function exported(): Promise<void> {
  const { text } = await exportRecords(client, { type: "customer" });
  for await (const _ of text);
}

say(`${rows.toLocaleString("en")} rows, on ${database}`);
const first = await write("customers.csv", "Lyon");
const second = await write("changed.csv", "Graz");
await load(first, { dryRun: true, maxErrors: 0 });
await measure("import, new records", rows, async () => void (await load(first)));
base = await measure("updateMany of 1,000", Math.min(rows, 100_000), () =>
  updateMany(Math.min(rows, 100_000)),
);
let changeSet = "";
await measure("import, changed records", rows, async () => void (changeSet = await load(second)));
await measure("import, without rehearsal", rows, async () => void (await load(first, { rehearse: false })));
await measure("import, unchanged records", rows, async () => void (await load(first)));
await measure("export as CSV", rows, exported);
await measure("undo of an import", rows, async () => {
  for (let done = false; !done;)
    ({ done } = await client.changeSet.undo.mutate({ where: { id: changeSet } }));
});

const searches: Record<string, CustomerListInput> = {
  "search: two words of one": { search: "hedy eriksen" },
  "search: a frequent word": { search: "customer" },
  "search: the letters of an address": { search: `${String(rows >> 1).padStart(8, "0")}@example` },
  "search: a phone number": { search: customerInput(rows >> 1).phone ?? "" },
  "search: two letters": { search: "ad" },
  "search: nothing found": { search: "zzzyyy" },
  "search, filtered and sorted": { search: "hedy eriksen", filter: { addressCity: "Graz" }, sort: "name" },
  "a list by creation": {},
  "a list by name": { sort: "name", order: "desc" },
  "a filter by address": { filter: { email: `customer.${String(rows >> 1).padStart(8, "0")}@example.com` } },
  "a range of dates": { filter: { dateOfBirth: { gte: "1980-01-01", lt: "1981-01-01" } } },
  "a page with a count": { filter: { lastName: "Eriksen" }, count: true },
};
for (const [name, input] of Object.entries(searches)) {
  const taken: number[] = [];
  for (let i = 0; i < times + 3; i++) {
    const begun = performance.now();
    await client.customer.list.query({ limit: 50, ...input });
    if (i >= 3) taken.push(performance.now() - begun);
  }
  taken.sort((a, b) => a - b);
  const shown = [taken[times >> 1], taken.at(-1)].map((ms) => (ms ?? 0).toFixed(1).padStart(7));
  say(`${name.padEnd(34)} median ${shown[0]} ms   slowest ${shown[1]} ms`);
}
await server.stop();
process.exit();
