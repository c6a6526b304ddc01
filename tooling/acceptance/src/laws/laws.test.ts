import { look } from "@roster/api/testing/look";
import { scopes as allScopes, type Scope } from "@roster/domain";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appRouter } from "@roster/api/router";
import { defectsIn } from "../defects.ts";
import { procedures, type Listed } from "../scopes/calls.ts";
import { marksIn } from "../scopes/marks.ts";
import { openWorld, type World } from "../scopes/world.ts";

/**
 * Rules that hold for every procedure, whatever it does: its treatment of an input that is not its own, a
 * repeated key, a dry run and an actor that acts on behalf of another.
 */

let world: World;
const tokens = new Map<Scope, string>();
beforeAll(async () => {
  world = await openWorld();
  for (const scope of allScopes)
    tokens.set(
      scope,
      (await world.admin("token.create", { name: scope, scopes: [scope] }))["token"] as string,
    );
});
afterAll(async () => {
  const output = world.server.output();
  await world.server.dispose();
  expect(defectsIn(output)).toEqual([]);
});

interface Reply {
  status: number;
  data: unknown;
  error: { code: string; faults?: { pointer: string; code: string }[] } | undefined;
}

interface Call {
  name: string;
  isMutation: boolean;
  input: unknown;
}

async function callOf(listed: Listed): Promise<Call> {
  const { method, path, body } = await listed.request(world);
  const { pathname, searchParams } = new URL(path, world.server.url);
  const input = searchParams.get("input");
  return {
    name: pathname.replace("/trpc/", ""),
    isMutation: method === "POST",
    input: method === "POST" ? body : input === null ? undefined : (JSON.parse(input) as unknown),
  };
}

async function send(
  { name, isMutation, input }: Call,
  { token = world.server.token, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const text = JSON.stringify(input);
  const query = isMutation || text === undefined ? "" : `?input=${encodeURIComponent(text)}`;
  const response = await fetch(`${world.server.url}/trpc/${name}${query}`, {
    method: isMutation ? "POST" : "GET",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...(isMutation && text !== undefined && { body: text }),
  });
  const answer = (await response.json()) as {
    result?: { data: unknown };
    error?: { data: { error: Reply["error"] } };
  };
  return { status: response.status, data: answer.result?.data, error: answer.error?.data.error };
}

/** Tables that change without a request, and those of SQLite's search. */
const restless = /^(token_uses|webhook_\w+|search_index\w*|sqlite_\w+)$/;

/** Tables whose every change adds a row to one of them: the records with their terms, and the keys. */
const large =
  /^(customers|users|user_groups|change_log|search_terms|search_texts|idempotency_keys|idempotency_records)$/;

/** Reads the tables with these names. @param select the columns to read of each */
const rowsOf = (tables: (name: string) => boolean, select = (_name: string) => "*"): Promise<string[]> =>
  look(world.server.database, async (database) => {
    const sql = world.server.database.startsWith("sqlite:")
      ? "select name from sqlite_schema where type = 'table' order by 1"
      : "select tablename as name from pg_tables where schemaname = 'public' order by 1";
    const names = (await database.all<{ name: string }>(sql)).map(({ name }) => name);
    const rows: string[] = [];
    for (const name of names.filter(tables))
      for (const row of await database.all<object>(`select ${select(name)} from ${name}`))
        rows.push(`${name} ${JSON.stringify(row)}`);
    return rows.toSorted();
  });
/** What the database contains, to compare with later. */
const content = (): Promise<string[]> =>
  rowsOf(
    (name) => !restless.test(name),
    (name) => (large.test(name) ? "count(*)" : "*"),
  );

/** The rows that the tenant's log has gained since it had so many. */
const logged = (since: number): Promise<Record<string, unknown>[]> =>
  look(world.server.database, (database) =>
    database.all(`select * from change_log where tenant = 1 and seq > ${since} order by seq`),
  );
const seq = async (): Promise<number> =>
  (
    await look(world.server.database, (database) =>
      database.all<{ seq: number }>("select seq from tenant_counters where tenant = 1"),
    )
  )[0]?.seq ?? 0;

const kinds = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const isMutation = ({ name }: Listed) => kinds[name]?._def.type === "mutation";
const titled = procedures
  .filter(({ name }) => name !== "change.watch")
  .map((listed) => ({
    ...listed,
    title: listed.name + (listed.variant === undefined ? "" : ` (${listed.variant})`),
  }));
const mutations = titled.filter(isMutation);
/** Those that are answered, and store something. */
const effective = mutations.filter(
  ({ variant = "", statuses }) => statuses === undefined && !variant.startsWith("dry run"),
);

// A tenant has a limited number of webhooks.
afterEach(async () => {
  const { items } = (await world.admin("webhook.list")) as { items: { id: string }[] };
  for (const { id } of items) await world.admin("webhook.delete", { where: { id } });
});

/** Procedures whose answers are for the caller alone: secrets, and views of its own. */
const ownAnswers = [
  "tenant.create",
  "token.create",
  "webhook.create",
  "webhook.rotateSecret",
  "view.create",
  "view.update",
  "view.delete",
];

let serial = 0;
const newKey = (): string => `key-of-the-laws-${++serial}`;
const withMember = (input: unknown, more: object): object => ({ ...(input as object | undefined), ...more });

describe.each(titled.filter(({ variant }) => variant === undefined))("$title", (listed) => {
  it("refuses an input that is none of its own, and stores nothing", async () => {
    const call = await callOf(listed);
    const before = await content();
    const stranger = await send({ ...call, input: withMember(call.input, { zz: 1 }) });
    expect(stranger.error?.faults).toContainEqual(expect.objectContaining({ pointer: "/zz" }));
    for (const input of ["zz", 7, true, [], [call.input ?? {}]]) {
      const { status, error } = await send({ ...call, input });
      expect([400, 422], JSON.stringify(input)).toContain(status);
      expect(["INVALID", "MALFORMED"], JSON.stringify(input)).toContain(error?.code);
    }
    expect(await content()).toEqual(before);
  });
});

describe.each(effective)("$title", (listed) => {
  it("takes effect once for each key, and answers the same", async () => {
    const call = await callOf(listed);
    const keyed = { ...call, input: withMember(call.input, { idempotencyKey: newKey() }) };
    const first = await send(keyed);
    expect(first.error).toBeUndefined();
    const before = await content();
    const again = await Promise.all([send(keyed), send(keyed)]);
    for (const { data } of again) expect(data).toEqual({ ...(first.data as object), replayed: true });
    expect(await content()).toEqual(before);
  });

  it("takes effect once if several requests with its key race", async () => {
    const call = await callOf(listed);
    const before = await seq();
    const alone = await send(call);
    expect(alone.error).toBeUndefined();
    const effect = (await seq()) - before;

    const second = await callOf(listed);
    const keyed = { ...second, input: withMember(second.input, { idempotencyKey: newKey() }) };
    const earlier = await seq();
    const answers = await Promise.all([send(keyed), send(keyed), send(keyed)]);
    const told = answers.map(({ data }) => {
      const { replayed, ...rest } = data as { replayed?: boolean };
      return { replayed: replayed === true, rest };
    });
    // Requests that go on with a change of all records that match share its steps.
    if (!listed.name.endsWith("Where")) expect(told.filter(({ replayed }) => !replayed)).toHaveLength(1);
    for (const { rest } of told) expect(rest).toEqual(told[0]?.rest);
    expect((await seq()) - earlier).toBe(effect);
  });

  it("refuses the key for another request, which changes nothing", async () => {
    const [call, other] = [await callOf(listed), await callOf(listed)];
    const idempotencyKey = newKey();
    expect(
      (await send({ ...call, input: withMember(call.input, { idempotencyKey }) })).error,
    ).toBeUndefined();
    const another =
      JSON.stringify(call.input) === JSON.stringify(other.input)
        ? { ...other, name: "view.create", input: { list: "users", name: "zz", state: {} } }
        : other;
    const before = await content();
    const refused = await send({ ...another, input: withMember(another.input, { idempotencyKey }) });
    expect(refused.error?.code).toBe("IDEMPOTENCY_MISMATCH");
    expect(await content()).toEqual(before);
  });

  it("checks the scopes of whoever repeats it with its key", async () => {
    const call = await callOf(listed);
    const keyed = { ...call, input: withMember(call.input, { idempotencyKey: newKey() }) };
    expect((await send(keyed)).error).toBeUndefined();
    for (const [scope, token] of tokens) {
      const { error, data } = await send(keyed, { token });
      const may = scope === "admin" || listed.scopes?.includes(scope) === true;
      if (error?.code === "IDEMPOTENCY_MISMATCH") expect(ownAnswers).toContain(listed.name);
      else if (may) expect(data, scope).toMatchObject({ replayed: true });
      else expect(error?.code, scope).toBe("FORBIDDEN");
    }
  });

  it("notes for whom it acts and why, in every row that it adds to the log", async () => {
    const call = await callOf(listed);
    const earlier = await seq();
    const headers = { "roster-on-behalf-of": "user:17" };
    const why = await send(
      { ...call, input: withMember(call.input, { reason: "because of the laws" }) },
      { headers },
    );
    const takesReason = why.error === undefined;
    if (!takesReason) {
      expect(why.error?.faults).toContainEqual(expect.objectContaining({ pointer: "/reason" }));
      expect((await send(call, { headers })).error).toBeUndefined();
    }
    for (const row of await logged(earlier)) {
      expect(row).toMatchObject({ on_behalf_of: "user:17" });
      if (takesReason) expect(row).toMatchObject({ reason: "because of the laws" });
    }
  });
});

describe.each(mutations.filter(({ variant }) => variant === undefined))("$title", (listed) => {
  it("stores nothing in a dry run, or takes none", async () => {
    const call = await callOf(listed);
    const before = await content();
    const dry = await send({ ...call, input: withMember(call.input, { dryRun: true }) });
    expect(await content()).toEqual(before);
    if (!dry.error?.faults?.some(({ pointer }) => pointer === "/dryRun"))
      expect(listed.statuses ?? [200], JSON.stringify(dry.error)).toContain(dry.status);
  });
});

describe("the erasure of every customer, user and user group, after all of this", () => {
  /** Rows about nouns that are not erased may have recognisable values. */
  const isOfOthers = (row: string) =>
    /^(tenants|tokens|webhooks|group_tags|access_groups|channels|hierarchy_levels|saved_views|people) /.test(
      row,
    ) || /"record_type":"(tenant|token|webhook|groupTag|accessGroup|channel|hierarchyLevel)"/.test(row);

  it("leaves none of their values in any table", async () => {
    const types = ["user", "userGroup", "customer"] as const;
    const marks = (row: string) =>
      types
        .flatMap((type) => [...marksIn(row, type, "now"), ...marksIn(row, type, "old")])
        // Answers about the levels have names that look like a customer's.
        .filter((mark) => !mark.includes("-level-"));
    const values = async () => {
      const rows = await rowsOf((name) => !name.startsWith("search_index"));
      return rows.filter((row) => !isOfOthers(row) && marks(row).length > 0);
    };
    expect(await values()).not.toEqual([]);
    for (const type of types) {
      const table = { customer: "customers", user: "users", userGroup: "user_groups" }[type];
      const ids = await look(world.server.database, (database) =>
        database.all<{ id: string }>(
          `select id from ${table} where tenant = 1 and erased_at is null order by id desc`,
        ),
      );
      for (const { id } of ids) {
        const { error } = await send({ name: `${type}.erase`, isMutation: true, input: { where: { id } } });
        // It may have gone with the customer that it was merged into.
        if (error) expect(error).toMatchObject({ code: "DELETED" });
      }
    }
    expect(await values()).toEqual([]);
  });
});
