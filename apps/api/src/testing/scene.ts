import type { Api } from "../compose.ts";

/** A call of a procedure and its answer. */
export interface Exchange {
  path: string;
  input: object;
  answer: unknown;
}

/** Calls a procedure as an HTTP client does. A refusal gives `{ refused }`. */
export type Call = (path: string, input?: object) => Promise<Record<string, unknown>>;

const queries = /\.(get|list|history|at|diff|export)$/;

export const callerOf =
  (api: Pick<Api, "fetch">, token: string): Call =>
  async (path, input = {}) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const text = JSON.stringify(input);
    const response = await api.fetch(
      queries.test(path)
        ? new Request(`http://roster.example/trpc/${path}?input=${encodeURIComponent(text)}`, { headers })
        : new Request(`http://roster.example/trpc/${path}`, { method: "POST", headers, body: text }),
    );
    const { result, error } = (await response.json()) as {
      result?: { data: Record<string, unknown> };
      error?: { data: { error: object } };
    };
    return result?.data ?? { refused: error?.data.error };
  };

/**
 * Fills a database with examples of everything: a hierarchy, tags, users, custom fields, versions, deletions,
 * a merge, an erasure, kept answers, tokens, and a second tenant. All of it is invented.
 *
 * @param open makes a caller from a token
 * @param token the token of the first tenant's admin
 * @returns the requests made under an idempotency key, with the answers to their repetitions
 */
export async function makeScene(open: (token: string) => Call, token: string): Promise<Exchange[]> {
  const call: Call = async (path, input) => {
    const answer = await open(token)(path, input);
    if ("refused" in answer) throw new Error(`${path} was refused: ${JSON.stringify(answer["refused"])}`);
    return answer;
  };
  const replays: Exchange[] = [];
  const once = async (path: string, input: object) => {
    const request = { ...input, idempotencyKey: `key-${replays.length + 1}` };
    const answer = await call(path, request);
    replays.push({ path, input: request, answer: { ...answer, replayed: true } });
    return answer;
  };
  const where = (record: Record<string, unknown>) => ({ where: { id: record["id"] } });

  await call("hierarchyLevel.replaceAll", { levels: ["Group", "Company", "Site"] });
  for (const name of ["red", "blue"]) await call("groupTag.create", { name });
  for (const name of ["mail", "shop"]) await call("channel.create", { name });
  await call("accessGroup.create", { name: "everybody" });
  await call("tenant.update", { patch: { defaultCountry: "PT" } });
  await call("tenant.setPropertiesSchema", {
    schema: { type: "object", properties: { plan: { type: "string", enum: ["free", "pro"] } } },
  });

  const group = await once("customer.create", {
    providedId: "group",
    name: "Gruppe Ähre & Söhne 漢字 😀",
    hierarchyLevel: "Group",
    emails: ["office@group.example", "Billing@Group.example"],
    groupTags: ["red"],
    properties: {
      plan: "pro",
      zebra: [1e300, -0.5, 9_007_199_254_740_991, true, null],
      a: { 'b\\"': "\u0001\t\n" },
    },
    mapping: { crm: "42" },
  });
  const company = await call("customer.create", {
    providedId: "company",
    name: "A company; drop table customers; --",
    hierarchyLevel: "Company",
    parent: group["id"],
    phone: "+351210000000",
    isDemo: true,
    dateOfBirth: "2000-02-29",
  });
  const site = await call("customer.create", {
    firstName: "Site",
    lastName: "O'Neill",
    hierarchyLevel: "Site",
    parent: company["id"],
    defaultChannelId: 1,
    timestamp: "2026-01-01T00:00:00.001Z",
  });
  await once("customer.update", {
    ...where(company),
    patch: { name: "Company", phone: null },
    reason: "a reason",
  });
  await call("customer.update", {
    ...where(company),
    add: { groupTags: ["blue"], emails: ["c@company.example"] },
  });
  await call("customer.update", { ...where(group), patch: { properties: { plan: "free", zebra: null } } });
  await call("customer.updateMany", {
    mode: "atomic",
    items: [site, group].map((record) => ({ ...where(record), patch: { job: "done together" } })),
  });
  await call("customer.revert", { ...where(company), to: 1, field: "name" });

  const deleted = await call("customer.create", { providedId: "freed", name: "Deleted" });
  await once("customer.delete", { ...where(deleted), reason: "no longer needed" });
  const again = await call("customer.create", { providedId: "again", name: "Restored" });
  await call("customer.delete", where(again));
  await call("customer.restore", where(again));
  const duplicate = await call("customer.create", {
    providedId: "duplicate",
    name: "Duplicate",
    emails: ["d@duplicate.example"],
    properties: { plan: "pro", own: 1 },
  });
  await call("customer.merge", { ...where(duplicate), into: { id: group["id"] } });
  const erased = await call("customer.create", { providedId: "erased", name: "To be forgotten" });
  await call("customer.erase", { ...where(erased), reason: "asked for" });

  const user = await once("user.create", {
    username: "first.user",
    firstName: "First",
    lastName: "User",
    email: "First.User@user.example",
    customer: site["id"],
  });
  await call("user.update", { ...where(user), patch: { active: false, title: "Dr" } });

  // A second tenant has the same values without a conflict.
  const other = await call("tenant.create", { name: "Second tenant" });
  await open(other["token"] as string)("customer.create", { providedId: "group", name: "Of the second" });
  const reader = await call("token.create", { name: "to be revoked", scopes: ["customers:read"] });
  await call("token.revoke", where(reader));
  return replays;
}

/** Everything readable in the first tenant: each record, its history, its first version, all lists. */
export async function readScene(call: Call): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  const ask = async (path: string, input: object = {}) => {
    const answer = await call(path, input);
    exchanges.push({ path, input, answer });
    return (answer["items"] ?? []) as Record<string, unknown>[];
  };
  for (const noun of ["customer", "user"]) {
    const all = await ask(`${noun}.list`, { filter: { deleted: "any" } });
    for (const sort of ["name", "updatedAt"]) await ask(`${noun}.list`, { sort, order: "desc", limit: 3 });
    for (const { id } of all) {
      const where = { id };
      await ask(`${noun}.get`, { where, deleted: true });
      await ask(`${noun}.history`, { where });
      await ask(`${noun}.export`, { where });
      await ask(`${noun}.at`, { where, version: 1 });
    }
  }
  for (const groupTag of ["red", "blue"]) await ask("customer.list", { filter: { groupTag } });
  await ask("customer.get", { where: { providedId: "company" } });
  await ask("customer.list", { filter: { email: "billing@group.example" } });
  for (const noun of ["groupTag", "hierarchyLevel", "channel", "accessGroup", "token", "tenant"])
    await ask(`${noun}.list`);
  await ask("tenant.get");
  await ask("me.get");
  return exchanges;
}
