import type { RecordType } from "@roster/domain";

/** Programs that must compile and run in a project outside, and calls that must not compile. */

export const program = `
import { createClient, faults, isInvalid, isReplay, itemErrors, rosterError, rosterLinks, type AppRouter } from "@roster/client";
import type { Customer, ErrorBody, ItemError } from "@roster/domain";
import { createTRPCClient } from "@trpc/client";

declare const process: { argv: string[]; version: string };
const [, , url = "", token = ""] = process.argv;

const client = createClient({ url, token });
const created: Customer = await client.customer.create.mutate({
  name: "Outside",
  dateOfBirth: "2019-08-24",
  properties: { since: "2024-05-06T07:08:09.123Z" },
});
const createdAt: Date = created.createdAt;
const dateOfBirth: string | null = created.dateOfBirth;
const updated = await client.customer.update.mutate({
  where: { id: created.id },
  patch: { timestamp: new Date(0), properties: { plan: { name: "pro" }, gone: null } },
  add: { emails: ["a@outside.example"] },
  expectedVersion: created.version,
});
const refused: unknown = await client.customer.update
  .mutate({ where: { id: created.id }, patch: { email: "nobody" } })
  .catch((error: unknown) => error);
const body: ErrorBody | undefined = rosterError(refused);
const first: Customer = await client.customer.at.query({ where: { id: created.id }, at: createdAt });
const upsert = { where: { providedId: "outside-" + created.id }, patch: { name: "Outside" }, idempotencyKey: "outside-" + created.id };
await client.customer.upsert.mutate(upsert);
const again = await client.customer.upsert.mutate(upsert);
const many: unknown = await client.customer.updateMany
  .mutate({ items: [{ where: { id: created.id }, patch: { name: "In" } }, { where: { id: created.id }, expectedVersion: 9 }] })
  .catch((error: unknown) => error);
const refusedItems: ItemError[] = itemErrors(many);
const other = createTRPCClient<AppRouter>({ links: rosterLinks({ url, token }) });
const changes = await client.change.list.query({ types: ["customer"], limit: 1 });
const ofCustomers: "customer"[] = changes.items.map((change) => change.recordType);
console.log(
  JSON.stringify({
    version: process.version,
    instant: createdAt instanceof Date && updated.customer.timestamp instanceof Date,
    dateOfBirth,
    properties: updated.customer.properties,
    changes: updated.changes.map((change) => change.path).sort(),
    invalid: isInvalid(refused),
    code: body?.code,
    pointers: Object.keys(faults(refused)),
    first: first.updatedAt instanceof Date && first.name,
    again: isReplay(again) && again.created,
    refusedItems: refusedItems.map((item) => [item.index, item.error.code]),
    ofCustomers,
    same: (await other.customer.get.query({ where: { id: created.id } })).updatedAt.getTime() ===
      updated.customer.updatedAt.getTime(),
  }),
);
`;

export const wrongCalls = `
import { createClient, isStale, versionConflict } from "@roster/client";

export async function wrong(error: unknown) {
  const client = createClient({ url: "http://127.0.0.1", token: "t" });
  const where = { providedId: "acme" };
  // @ts-expect-error: no token
  createClient({ url: "http://127.0.0.1" });
  // @ts-expect-error: no such procedure
  await client.customer.destroy.mutate({ where });
  // @ts-expect-error: no query, so that nothing is erased by following a link
  await client.customer.erase.query({ where });
  // @ts-expect-error: neither a version nor an instant
  await client.customer.at.query({ where });
  // @ts-expect-error: a key is text
  await client.customer.create.mutate({ idempotencyKey: 7 });
  // @ts-expect-error: no such field
  await client.customer.update.mutate({ where, patch: { nickname: "A" } });
  // @ts-expect-error: of another type
  await client.customer.update.mutate({ where, patch: { name: 7 } });
  // @ts-expect-error: set by Roster
  await client.customer.update.mutate({ where, patch: { version: 2 } });
  // @ts-expect-error: cannot be null
  await client.customer.update.mutate({ where, patch: { isDemo: null } });
  // @ts-expect-error: two ways to name one record
  await client.customer.get.query({ where: { id: "a", number: 1 } });
  const customer = await client.customer.get.query({ where });
  // @ts-expect-error: an instant is a Date
  customer.createdAt.slice(0, 10);
  // @ts-expect-error: a calendar date is text, or null
  customer.dateOfBirth?.getTime();
  // @ts-expect-error: may be null
  customer.name.length;
  // @ts-expect-error: whatever was thrown may only have it as its cause
  if (isStale(error)) error.data.error.conflict;
  // @ts-expect-error: only a stale version has it
  versionConflict(error).currentVersion;
  // @ts-expect-error: what Roster sets is in it
  await client.customer.create.mutate(customer);
  // @ts-expect-error: what Roster sets is in it
  await client.customer.update.mutate({ where, patch: customer });
  // @ts-expect-error: what Roster sets is in it
  await client.customer.update.mutate({ where, replace: customer });
  // @ts-expect-error: what Roster sets is in it
  await client.customer.update.mutate({ where, add: customer });
  // @ts-expect-error: what Roster sets is in it
  await client.customer.updateMany.mutate({ items: [{ where, remove: customer }] });
  const user = await client.user.get.query({ where: { number: 1 } });
  // @ts-expect-error: what Roster sets is in it
  await client.user.create.mutate(user);
  // @ts-expect-error: what Roster sets is in it
  await client.user.upsert.mutate({ where: { username: "ada" }, patch: user });
  const webhook = await client.webhook.get.query({ where: { id: "a" } });
  // @ts-expect-error: what Roster sets is in it
  await client.webhook.create.mutate(webhook);
  // @ts-expect-error: what Roster sets is in it
  await client.webhook.update.mutate({ where: { id: "a" }, patch: webhook });
  // @ts-expect-error: what Roster sets is in it
  await client.webhook.update.mutate({ where: { id: "a" }, add: webhook });
  const tenant = await client.tenant.get.query();
  // @ts-expect-error: what Roster sets is in it
  await client.tenant.create.mutate(tenant);
  // @ts-expect-error: what Roster sets is in it
  await client.tenant.update.mutate({ patch: tenant });
  const [token] = (await client.token.list.query()).items;
  // @ts-expect-error: what Roster sets is in it
  if (token) await client.token.create.mutate(token);
  const [tag] = (await client.groupTag.list.query()).items;
  // @ts-expect-error: what Roster sets is in it
  if (tag) await client.groupTag.create.mutate(tag);
  const [group] = (await client.accessGroup.list.query()).items;
  // @ts-expect-error: what Roster sets is in it
  if (group) await client.accessGroup.create.mutate(group);
  const [channel] = (await client.channel.list.query()).items;
  // @ts-expect-error: what Roster sets is in it
  if (channel) await client.channel.create.mutate(channel);
  for await (const change of client.change.watch()) {
    // @ts-expect-error: no such type of record
    if (change.recordType === "custmer") return;
  }
  for await (const change of client.change.watch({ types: ["user", "token"] })) {
    // @ts-expect-error: not asked for
    if (change.recordType === "customer") return;
  }
  const page = await client.change.list.query({ types: ["customer"] });
  // @ts-expect-error: not asked for
  page.items.filter((change) => change.recordType === "user");
  // @ts-expect-error: no such type of record
  await client.change.list.query({ types: ["custmer"] });
  const history = await client.user.history.query({ where: { number: 1 } });
  // @ts-expect-error: a user's
  history.items.filter((change) => change.recordType === "customer");
}
`;

/** Properties with a type of the program, as in the client's README, and the resulting errors. */
export const typedProperties = (fromReadme: string): string => `
${fromReadme}
export async function wrongProperties() {
  // @ts-expect-error: no such plan
  await client.customer.update.mutate({ where, patch: { properties: { plan: "por" } } });
  // @ts-expect-error: no such property
  await client.customer.create.mutate({ properties: { paln: "pro" } });
  // @ts-expect-error: no such property
  await client.customer.update.mutate({ where, replace: { properties: { paln: "pro" } } });
  const read = await client.customer.get.query({ where });
  const seats: number | undefined = read.properties?.seats;
  const inherited: "free" | "pro" | undefined = read.computedProperties.plan;
  // @ts-expect-error: no such property
  return [seats, inherited, read.properties?.paln];
}
`;

/** Misspelt fields, and the interfaces that the compiler's messages must name. */
export const misspelt = {
  CustomerPatch: `client.customer.update.mutate({ where: { id: "a" }, patch: { emial: "a@acme.example" } })`,
  CustomerCreate: `client.customer.create.mutate({ emial: "a@acme.example" })`,
  CustomerReplace: `client.customer.update.mutate({ where: { id: "a" }, replace: { mappings: {} } })`,
  CustomerSets: `client.customer.update.mutate({ where: { id: "a" }, add: { email: ["a@acme.example"] } })`,
  UserPatch: `client.user.update.mutate({ where: { id: "a" }, patch: { emial: "a@acme.example" } })`,
  UserCreate: `client.user.create.mutate({ emial: "a@acme.example" })`,
  WebhookPatch: `client.webhook.update.mutate({ where: { id: "a" }, patch: { ulr: "https://acme.example" } })`,
  WebhookSets: `client.webhook.update.mutate({ where: { id: "a" }, add: { event: ["*"] } })`,
  TenantPatch: `client.tenant.update.mutate({ patch: { nmae: "Acme" } })`,
};

/** Uses of fields, and their places: the last character of the first occurrence. */
export const fieldUses = `
import { createClient } from "@roster/client";
const client = createClient({ url: "", token: "" });
const customer = await client.customer.get.query({ where: { providedId: "acme" } });
const { user } = await client.user.upsert.mutate({ where: { username: "ada" } });
const webhook = await client.webhook.get.query({ where: { id: "a" } });
console.log(customer.email, customer.id, customer.defaultChannelId, user.lastSeen, webhook.url, webhook.updatedAt);
await client.token.create.mutate({ scopes: [], expiresAt: null });
await client.customer.update.mutate({ where: { id: "a" }, patch: { job: null }, replace: { properties: {} }, add: { groupTags: [] } });
`;
export const fieldPlaces: readonly [mark: string, type: RecordType, field: string][] = [
  ["customer.email", "customer", "email"],
  ["customer.id", "customer", "id"],
  ["customer.defaultChannelId", "customer", "defaultChannelId"],
  ["{ providedId", "customer", "providedId"],
  ["patch: { job", "customer", "job"],
  ["replace: { properties", "customer", "properties"],
  ["add: { groupTags", "customer", "groupTags"],
  ["user.lastSeen", "user", "lastSeen"],
  ["webhook.url", "webhook", "url"],
  ["webhook.updatedAt", "webhook", "updatedAt"],
  ["expiresAt", "token", "expiresAt"],
];

/** Calls from CommonJS, which imports the ES module dynamically. */
export const commonJs = `
import type { Customer } from "@roster/domain" with { "resolution-mode": "import" };

async function main([, , url = "", token = ""]: string[]) {
  const { createClient, isNotFound } = await import("@roster/client");
  const client = createClient({ url, token });
  const customer: Customer = await client.customer.create.mutate({ name: "CommonJS" });
  const refused: unknown = await client.customer.get
    .query({ where: { id: "nobody" } })
    .catch((error: unknown) => error);
  console.log(JSON.stringify({ name: customer.name, notFound: isNotFound(refused) }));
}
declare const process: { argv: string[] };
void main(process.argv);
`;

/**
 * A program with another copy of tRPC than the client's, and with errors of its own that wrap those of calls.
 * Types of two versions of tRPC need not be compatible.
 */
export const secondCopy = `
import { faults, isInvalid, isNetworkFailure, isStale, networkFailure, rosterError, rosterLinks, versionConflict } from "@roster/client";
import { createTRPCClient, TRPCClientError } from "@trpc/client";

const [, , url, token] = process.argv;
const clientAt = (url) => createTRPCClient({ links: rosterLinks({ url, token, retries: 0 }) });
const client = clientAt(url);
const { id, createdAt } = await client.customer.create.mutate({ name: "Second" });
const refused = (call) => call.then(() => undefined, (error) => new Error("saving failed", { cause: error }));
const invalid = await refused(client.customer.update.mutate({ where: { id }, patch: { email: "nobody" } }));
const stale = await refused(client.customer.update.mutate({ where: { id }, expectedVersion: 9 }));
const away = await refused(clientAt("http://127.0.0.1:5").me.get.query());
console.log(
  JSON.stringify({
    instant: createdAt instanceof Date,
    copies: invalid.cause instanceof TRPCClientError && invalid.cause.cause?.constructor !== TRPCClientError,
    invalid: isInvalid(invalid) && rosterError(invalid)?.code,
    pointers: Object.keys(faults(invalid)),
    stale: isStale(stale) && versionConflict(stale)?.currentVersion,
    away: isNetworkFailure(away) && networkFailure(away)?.sent,
  }),
);
`;

export const secondCopyAnswer = {
  instant: true,
  copies: true,
  invalid: "INVALID",
  pointers: ["/patch/email"],
  stale: 1,
  away: false,
};

/** A React component with an infinite list. */
export const infiniteList = `
import { createClient, type AppRouter } from "@roster/client";
import { QueryClient, QueryClientProvider, useInfiniteQuery } from "@tanstack/react-query";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { createElement, useEffect } from "react";
// @ts-ignore: has no types of its own
import { create } from "react-test-renderer";

declare const process: { argv: string[] };
const [, , url = "", token = ""] = process.argv;
const client = createClient({ url, token });
const queryClient = new QueryClient();
const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
for (const name of ["a", "b", "c", "d", "e"]) await client.customer.create.mutate({ name: "infinite " + name });

const names = await new Promise<(string | null)[]>((resolve, reject) => {
  function List() {
    const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery(
      trpc.customer.list.infiniteQueryOptions(
        { limit: 2, filter: { namePrefix: "infinite" } },
        { getNextPageParam: (last) => last.nextCursor, retry: false },
      ),
    );
    useEffect(() => {
      if (error) reject(error as unknown as Error);
      else if (hasNextPage && !isFetching) void fetchNextPage();
      else if (data && !isFetching) resolve(data.pages.flatMap((page) => page.items.map((item) => item.name)));
    });
    return null;
  }
  create(createElement(QueryClientProvider, { client: queryClient }, createElement(List)));
});
queryClient.clear();
console.log(JSON.stringify({ names }));
`;
export const infiniteListAnswer = { names: ["a", "b", "c", "d", "e"].map((name) => `infinite ${name}`) };
