import { faults, versionConflict, type RosterClient } from "@roster/client";
import type { Change, ChangeEntry, Customer, CustomerUpdate } from "@roster/domain";
import { levels, type Company } from "./company.ts";
import {
  bold,
  cell,
  dim,
  highlight,
  code,
  paint,
  print,
  printIn,
  say,
  section,
  table,
  width,
  type Column,
} from "./terminal.ts";

/** The sections of the tour that call the running server through the typed client. */

/** The record that most of the tour uses. */
const site = { providedId: "leeds-creamery" } as const;
/** The same record after section 5 gives it another id. */
export const renamed = { providedId: "leeds" } as const;
const group = { providedId: "meridian-foods-group" } as const;

/** 1: an update, its changes, and its repetition, which changes nothing. */
export async function typedUpdate({ crm }: Company): Promise<void> {
  section("A typed update, and what it changed");
  printIn(
    `${highlight("const crm = createClient({ url, token });")}  ${dim("// the token of the CRM sync")}`,
    "",
  );
  const before = await crm.customer.get.query({ where: site });
  const update: CustomerUpdate = {
    where: site,
    patch: { phone: "(0113) 496 0182", dateOfBirth: "1987-03-14", properties: { plan: "pro", trial: null } },
    add: { groupTags: ["priority"] },
    remove: { groupTags: ["trial"] },
    expectedVersion: before.version,
    reason: "upgraded after the trial",
  };
  printCall("crm.customer.update", update);
  const { customer, version, applied, changes } = await crm.customer.update.mutate(update);
  print("");
  printIn(`applied: ${highlight(String(applied))}, version ${before.version} → ${bold(String(version))}`, "");
  printIn(...changeTable(changes));
  const again = await crm.customer.update.mutate({ ...update, expectedVersion: version });
  const dry = await crm.customer.update.mutate({ where: site, patch: { name: null }, dryRun: true });
  expect(!again.applied && again.version === version && !dry.applied, "only one update counts");
  print("");
  printIn(
    ...table(
      [{ title: "and then" }, { title: "applied" }, { title: "" }],
      [
        [
          "the same again",
          cell(again.applied),
          `version ${again.version} stays, and the history has no new row`,
        ],
        [
          "a dry run",
          cell(dry.applied),
          `checked like any other, it would change ${dry.changes.map(({ path }) => path).join(", ")}`,
        ],
      ],
    ),
    "",
  );
  say(
    `In the client, updatedAt is a ${customer.updatedAt.constructor.name} and dateOfBirth the text ${cell(customer.dateOfBirth)}: an instant is one, and a calendar date knows no time zone.`,
  );
}

/** 2: one refusal that names every fault. */
export async function allFaults({ crm }: Company): Promise<void> {
  section("A validation error with all its faults");
  const before = await crm.customer.get.query({ where: site });
  const update = {
    where: site,
    patch: {
      emial: "priya@leeds.example",
      email: "priya at leeds",
      phone: "12",
      dateOfBirth: "2025-02-30",
      gender: "f",
      isDemo: null,
      version: 9,
      parent: "atlantis",
      hierarchyLevel: "Region",
    },
    add: { groupTags: ["priority", "vip"] },
  };
  printCall("crm.customer.update", update);
  // TypeScript refuses half of this; a JavaScript caller could send it.
  const error = await refused(crm.customer.update.mutate(update as unknown as CustomerUpdate));
  const found = Object.values(faults(error)).flatMap((here) => here ?? []);
  print("");
  printIn(`Refused with ${bold(`${found.length} faults`)} at once:`, "");
  printIn(
    ...table(
      [{ title: "pointer" }, { title: "code" }, { title: "message" }],
      found.map(({ pointer, code, message }) => [paint("cyan", pointer), paint("red", code), message]),
    ),
  );
  const after = await crm.customer.get.query({ where: site });
  expect(after.version === before.version, "a refused update changes nothing");
  print("");
  printIn(`Nothing was written: version ${after.version}, as before.`);
}

/** 3: a race that loses nothing, and a stale version. */
export async function twoWriters({ crm, desk, admin }: Company): Promise<void> {
  section("Two writers on one record");
  const where = { providedId: "bergen-drydock" } as const;
  const each = 12;
  const before = await crm.customer.get.query({ where });
  const names = await actorNames(admin);
  say(
    `The CRM sync and the support desk each send ${each} updates at once. Each update adds one address to emails, and neither reads first.`,
  );
  print("");
  const started = performance.now();
  const race = async (writer: RosterClient, prefix: string) => {
    const sent = Array.from({ length: each }, (_, i) => `${prefix}${i + 1}@bergen.example`);
    const replies = await Promise.all(
      sent.map((address) => writer.customer.update.mutate({ where, add: { emails: [address] } })),
    );
    return {
      sent,
      by: replies[0]?.customer.updatedBy ?? "",
      acknowledged: replies.filter(({ applied }) => applied),
    };
  };
  const both = await Promise.all([race(crm, "crm"), race(desk, "desk")]);
  const took = performance.now() - started;
  const after = await crm.customer.get.query({ where });
  const kept = (sent: readonly string[]) => sent.filter((address) => after.emails.includes(address)).length;
  const right: Column["align"] = "right";
  printIn(
    ...table(
      [
        { title: "writer" },
        { title: "sent", align: right },
        { title: "acknowledged", align: right },
        { title: "in the record", align: right },
      ],
      both.map(({ sent, by, acknowledged }) => [
        names(by),
        String(sent.length),
        String(acknowledged.length),
        bold(String(kept(sent))),
      ]),
    ),
    "",
    `${after.emails.length} addresses, version ${before.version} → ${bold(String(after.version))}, ${took.toFixed(0)} ms in all`,
    "",
  );
  expect(
    both.every(({ sent, acknowledged }) => acknowledged.length === each && kept(sent) === each),
    "no acknowledged update is lost",
  );

  await desk.customer.update.mutate({
    where,
    patch: { job: "Yard manager", properties: { dock: "dry" } },
    reason: "asked by phone",
  });
  const late: CustomerUpdate = { where, patch: { job: "Manager" }, expectedVersion: before.version };
  printIn(`Now one that has read version ${before.version}, before the race:`);
  printCall("crm.customer.update", late);
  const error = await refused(crm.customer.update.mutate(late));
  const conflict = versionConflict(error);
  if (!conflict) throw error;
  const { currentVersion, changedSince } = conflict;
  print("");
  printIn(`Refused: the record is at version ${bold(String(currentVersion))}. Changed since:`, "");
  printIn(
    ...table(
      [{ title: "path" }, { title: "in version", align: right }, { title: "at (UTC)" }, { title: "by" }],
      changedSince.map(({ path, version, at, actor }) => [
        paint("cyan", path),
        String(version),
        clockTime(at),
        names(actor),
      ]),
    ),
  );
}

/** 4: one update at the top, inherited by every customer below without a value of its own. */
export async function inheritance({ desk }: Company): Promise<void> {
  section("Inheritance, before and after one update at the top");
  const before = await family(desk);
  const update: CustomerUpdate = {
    where: group,
    patch: { properties: { sla: "24x7" } },
    reason: "new contract",
  };
  printCall("desk.customer.update", update);
  await desk.customer.update.mutate(update);
  const after = await family(desk);
  const sla = ({ computedProperties }: Customer) => computedProperties["sla"];
  const rows = after.map(({ customer, branch }, i) => {
    const was = before[i]?.customer as Customer;
    const own = customer.properties?.["sla"];
    const versions =
      was.version === customer.version ? `${customer.version}` : `${was.version} → ${customer.version}`;
    const moved = sla(was) !== sla(customer);
    return [
      dim(branch) + (customer.name ?? ""),
      customer.hierarchyLevel ?? "",
      own === undefined ? dim("–") : cell(own),
      cell(sla(was)),
      (moved ? bold : dim)(JSON.stringify(sla(customer))),
      versions,
    ];
  });
  print("");
  say("The sla of everyone in the group, as computedProperties has it:");
  print("");
  printIn(
    ...table(
      [
        { title: "customer" },
        { title: "level" },
        { title: "own sla" },
        { title: "before" },
        { title: "after" },
        { title: "version" },
      ],
      rows,
    ),
  );
  const changed = after.filter(({ customer }, i) => sla(customer) !== sla(before[i]?.customer as Customer));
  print("");
  const written = after.filter(({ customer }, i) => customer.version !== before[i]?.customer.version);
  expect(written.length === 1, "an update writes its own record only");
  say(
    `One record was written, and ${bold(String(changed.length))} show the new value. The nearest value wins, key by key.`,
  );
}

/** 5: the actor, change, time, surface and reason of each entry, also across a deletion and a new providedId. */
export async function history({ desk, admin }: Company): Promise<void> {
  section("The history of one record");
  const { id } = await desk.customer.get.query({ where: site });
  await desk.customer.delete.mutate({ where: { id } });
  await desk.customer.restore.mutate({ where: { id } });
  await desk.customer.update.mutate({
    where: { id },
    patch: renamed,
    reason: "shorter ids for billing",
  });
  const { items } = await desk.customer.history.query({ where: renamed, limit: 20 });
  const names = await actorNames(admin);
  printIn(
    ...historyTable(items.toReversed(), names, (changes) =>
      changes.length > 6
        ? [`${changes.length} fields`]
        : changes.map(({ path, from, to }) => `${paint("cyan", path)}  ${side(from)} → ${side(to)}`),
    ),
    "",
  );
  say("Asked for by the new providedId: the history follows the record, through its deletion too.");
}

/** Entries of the change log as a table. @param what the lines that show an entry's changes */
export function historyTable(
  entries: readonly ChangeEntry[],
  names: (actor: string) => string,
  what: (changes: readonly Change[]) => readonly string[],
): string[] {
  const columns: Column[] = [
    { title: "version", align: "right" },
    { title: "at (UTC)" },
    { title: "who" },
    { title: "through" },
    { title: "action" },
    { title: "why" },
  ];
  const rows = entries.map(({ version, at, actor, source, action, reason }) => [
    bold(String(version)),
    clockTime(at),
    names(actor),
    source,
    action,
    reason ?? dim("–"),
  ]);
  return table(columns, rows, (i) =>
    what(entries[i]?.changes ?? []).map((line) => " ".repeat(detailsAt) + line),
  );
}

/** Aligns an entry's changes under its time. */
const detailsAt = "version  ".length;

/** The names of the actors in the history, by their tokens' names. */
export async function actorNames(admin: RosterClient): Promise<(actor: string) => string> {
  const { items } = await admin.token.list.query({});
  const byActor = new Map(items.map(({ id, name }) => [`token:${id}`, name ?? id]));
  return (actor) => byActor.get(actor) ?? actor;
}

/** The group of the tour and everyone below it, as a tree. */
async function family(client: RosterClient): Promise<{ customer: Customer; branch: string }[]> {
  const top = await client.customer.get.query({ where: group });
  const below = async (parent: Customer, stem: string): Promise<{ customer: Customer; branch: string }[]> => {
    if (parent.hierarchyLevel === levels.at(-1)) return [];
    const { items } = await client.customer.list.query({ filter: { parent: parent.id }, sort: "name" });
    const branches = items.map(async (customer, i) => {
      const end = i === items.length - 1;
      const further = await below(customer, stem + (end ? "   " : "│  "));
      return [{ customer, branch: stem + (end ? "└─ " : "├─ ") }, ...further];
    });
    return (await Promise.all(branches)).flat();
  };
  return [{ customer: top, branch: "" }, ...(await below(top, ""))];
}

/** A call as source code; exactly what is printed is sent. */
function printCall(procedure: string, input: object): void {
  const lines = code(input, width - 6, true);
  const last = lines.pop() ?? "";
  printIn(...[`await ${procedure}.mutate(${lines.shift() ?? ""}`, ...lines, `${last})`].map(highlight));
}

const changeTable = (changes: readonly Change[]): string[] =>
  table(
    [{ title: "path" }, { title: "from" }, { title: "to" }],
    changes.map(({ path, from, to }) => [paint("cyan", path), side(from), side(to)]),
  );

/** A value before or after a change. A missing key differs from `null`. */
const side = (value: Change["from"]): string => (value === undefined ? dim("(absent)") : cell(value));

/** An instant's time of day in UTC, to the millisecond. */
const clockTime = (at: Date | string): string => new Date(at).toISOString().slice(11, 23);

/** The refusal of a call. */
async function refused(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("a call that must be refused was accepted");
}

/** Fails the tour if it would show something untrue. */
export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this did not hold: ${what}`);
}
