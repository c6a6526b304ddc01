import type { JsonObject, ManyResult } from "@roster/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcOf, type RpcReply } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import {
  audit,
  hierarchyProblems,
  levelsOf,
  ofTenant,
  type Audit,
  type LevelRow,
  type LogRow,
  type PlacedRow,
} from "./audit.ts";
import { Ledger } from "./ledger.ts";
import { Client, levels, prepareScene, type Door } from "./load.ts";
import { randomOf } from "./random.ts";
import { useServer } from "../use-server.ts";

/** Clients that race on a running server, over HTTP. Their answers are compared with its database. */

const { server, rpc } = useServer();
let serial = 0;
const fresh = (): string => `race-${++serial}`;

beforeAll(async () => {
  await rpc("hierarchyLevel.replaceAll", { levels });
});

const data = (reply: RpcReply): JsonObject => {
  expect(reply.error).toBeUndefined();
  return reply.data as JsonObject;
};
const create = async (input: object = {}): Promise<string> =>
  data(await rpc("customer.create", input))["id"] as string;
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const rowsOf = ({ log }: Audit, id: string): LogRow[] => log.filter(({ recordId }) => recordId === id);
const propertiesOf = ({ records }: Audit, id: string): JsonObject =>
  (records.customer.get(id)?.["properties"] ?? {}) as JsonObject;
const sorted = (texts: Iterable<string>): string[] => [...texts].toSorted();

const anotherTenant = async ({ url, token }: Server): Promise<{ number: number; token: string }> =>
  data(await rpcOf(url, token)("tenant.create", { name: "another" })) as { number: number; token: string };

describe.each([
  { who: "clients of one server", tenants: 1, processes: 1, clients: 24, steps: 40 },
  { who: "clients of two servers on one database", tenants: 1, processes: 2, clients: 12, steps: 30 },
  {
    who: "clients of two tenants, with the same keys, ids and names",
    tenants: 2,
    processes: 1,
    clients: 8,
    steps: 30,
  },
])("$who, who change the same few records", ({ tenants, processes, clients, steps }) => {
  let found: Audit;
  const workers: Client[] = [];
  const ledgers: Ledger[] = [];
  const servers: Server[] = [];
  const entries = () => ledgers.flatMap((ledger) => ledger.entries);
  const acknowledged = () => ledgers.flatMap((ledger) => ledger.acknowledged);

  beforeAll(async () => {
    const first = await startServer();
    servers.push(first);
    while (servers.length < processes) servers.push(await startServer({ DATABASE_URL: first.database }));
    for (let tenant = 0; tenant < tenants; tenant++) {
      const token = tenant === 0 ? first.token : (await anotherTenant(first)).token;
      const ledger = new Ledger();
      const doors = servers.map(({ url }): Door => ({ url: async () => url, token }));
      const scene = await prepareScene(doors[0] as Door, clients);
      ledgers.push(ledger);
      workers.push(
        ...times(clients, (i) => new Client(i, doors[i % processes] as Door, scene, ledger, randomOf(i))),
      );
    }
    await Promise.all(
      workers.map((worker) => {
        let left = steps;
        return worker.work(() => left-- > 0);
      }),
    );
    found = await audit(first.database);
  });
  afterAll(() => Promise.all(servers.toReversed().map((one) => one.dispose())));

  it("leave a consistent database: records, log, counters, kept answers, lists", () => {
    expect(found.problems).toEqual([]);
  });

  it("find every acknowledged change in the log exactly once, as acknowledged, and nothing else", () => {
    for (const [i, ledger] of ledgers.entries()) {
      expect(ledger.problems(ofTenant(found, i + 1), true)).toEqual([]);
      expect(ledger.acknowledged.length).toBeGreaterThan((clients * steps) / 2);
    }
  });

  it("find every key, email and tag that they added to a record, and none that they removed", () => {
    for (const [id, record] of found.records.customer) {
      const expected = workers.map((worker) => worker.own.get(id)).filter((own) => own !== undefined);
      if (expected.length === 0) continue;
      const keys = Object.assign({}, ...expected.map((own) => Object.fromEntries(own.keys))) as JsonObject;
      expect(record["properties"] ?? {}).toEqual(keys);
      expect(sorted(record["emails"] as string[])).toEqual(
        sorted(expected.flatMap((own) => [...own.emails])),
      );
      expect(sorted(record["groupTags"] as string[])).toEqual(
        sorted(expected.flatMap((own) => [...own.tags])),
      );
    }
  });

  it("see each version grow by one with each acknowledged change, and only then", () => {
    const changes = new Map<string, number>();
    for (const { written, rows } of acknowledged()) {
      // Only the log knows whether a restore changed anything.
      if (rows[0] !== rows[1]) continue;
      for (const { id } of written) changes.set(id, (changes.get(id) ?? 0) + 1);
    }
    for (const [id, record] of found.records.customer) {
      if (!workers.some(({ own }) => own.has(id))) continue;
      const restored = rowsOf(found, id).filter(({ action }) => action === "restore").length;
      expect(record.version).toBe(1 + (changes.get(id) ?? 0) + restored);
    }
  });

  it("are never asked to retry, because two servers wait for each other", () => {
    expect(workers.map(({ unavailable }) => unavailable)).toEqual(workers.map(() => 0));
  });

  it("compete in earnest: changes of every kind were applied and refused", () => {
    const outcomes = new Map<string, Set<string>>();
    for (const { path, outcome } of entries()) {
      const kinds = outcomes.get(path) ?? outcomes.set(path, new Set()).get(path);
      kinds?.add(outcome && "refused" in outcome ? outcome.refused.code : "fine");
    }
    expect([...(outcomes.get("customer.update") ?? [])]).toEqual(expect.arrayContaining(["fine", "DELETED"]));
    expect(entries().length - acknowledged().length).toBeGreaterThan(entries().length / 10);
    expect(sorted(outcomes.keys())).toEqual([
      "customer.create",
      "customer.delete",
      "customer.erase",
      "customer.merge",
      "customer.restore",
      "customer.update",
      "customer.updateMany",
      "customer.upsert",
      "user.update",
    ]);
  });
});

describe("racing upserts", () => {
  it("create one customer, which all but the first update", async () => {
    const providedId = fresh();
    const replies = await Promise.all(
      times(40, async (i) =>
        data(
          await rpc("customer.upsert", { where: { providedId }, patch: { properties: { [`k${i}`]: i } } }),
        ),
      ),
    );
    expect(replies.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(replies.map(({ customer }) => (customer as JsonObject)["id"])).size).toBe(1);
    expect(replies.map(({ version }) => version as number).toSorted((a, b) => a - b)).toEqual(
      times(40, (i) => i + 1),
    );
    const { properties, version } = data(await rpc("customer.get", { where: { providedId } }));
    expect(version).toBe(40);
    expect(properties).toEqual(Object.fromEntries(times(40, (i) => [`k${i}`, i])));
  });

  it("create one user", async () => {
    const username = fresh();
    const replies = await Promise.all(
      times(40, async (i) =>
        data(await rpc("user.upsert", { where: { username }, patch: { title: `t${i}` } })),
      ),
    );
    expect(replies.filter(({ created }) => created)).toHaveLength(1);
    const found = await audit(server.database);
    const made = [...found.records.user.values()].filter((user) => user["username"] === username);
    expect(made).toHaveLength(1);
    expect(made[0]?.version).toBe(40);
    expect(found.problems).toEqual([]);
  });

  it("create one live record at a time, even while it is repeatedly deleted", async () => {
    const providedId = fresh();
    const where = { providedId };
    const replies = await Promise.all(
      times(60, async (i) =>
        i % 3 === 2
          ? rpc("customer.delete", { where })
          : rpc("customer.upsert", { where, patch: { job: `j${i}` } }),
      ),
    );
    const created = replies.filter((reply) => reply.data?.["created"] === true).length;
    const deleted = replies.filter((reply) => reply.data?.["deletedAt"] != null).length;
    const mine = [...(await audit(server.database)).records.customer.values()].filter(
      (one) => one["providedId"] === providedId,
    );
    expect(mine).toHaveLength(created);
    expect(mine.filter(({ deletedAt }) => deletedAt === null)).toHaveLength(created - deleted);
    expect(created - deleted).toBeLessThanOrEqual(1);
    expect(created).toBeGreaterThan(0);
  });
});

describe("racing moves", () => {
  it("never break the hierarchy, even while levels change their order", async () => {
    // A separate tenant, because the final order of its levels is unknown.
    const { number, token } = await anotherTenant(server);
    const call = rpcOf(server.url, token);
    data(await call("hierarchyLevel.replaceAll", { levels }));
    const ids = await Promise.all(
      times(10, async (i) => {
        const made = await call("customer.create", { hierarchyLevel: levels[i % levels.length] });
        return data(made)["id"] as string;
      }),
    );
    const random = randomOf(7);
    const steps = times(400, (): [string, object] => {
      const where = { id: random.pick(ids) };
      if (random.chance(0.03)) {
        const order = levels.toSorted(() => random.next() - 0.5);
        return ["hierarchyLevel.replaceAll", { levels: order }];
      }
      if (random.chance(0.05)) return ["customer.delete", { where }];
      if (random.chance(0.1)) return ["customer.restore", { where }];
      const parent = random.chance(0.25) ? null : random.pick(ids);
      const hierarchyLevel = random.chance(0.1) ? null : random.pick(levels);
      return [
        "customer.update",
        { where, patch: random.pick([{ parent }, { hierarchyLevel }, { parent, hierarchyLevel }]) },
      ];
    });
    let accepted = 0;
    let next = 0;
    await Promise.all(
      times(16, async () => {
        for (let step = steps[next++]; step; step = steps[next++]) {
          if ((await call(...step)).error === undefined) accepted++;
        }
      }),
    );
    expect(accepted).toBeGreaterThan(50);
    expect(accepted).toBeLessThan(350);

    const { log, problems } = ofTenant(await audit(server.database), number);
    expect(problems).toEqual([]);
    expect(historyProblems(log)).toEqual([]);
  });

  it("of two that would together make a cycle, one is refused", async () => {
    for (let round = 0; round < 15; round++) {
      const [a, b] = await Promise.all([
        create({ hierarchyLevel: "Group" }),
        create({ hierarchyLevel: "Group" }),
      ]);
      const under = (id: string, parent: string) =>
        rpc("customer.update", { where: { id }, patch: { parent, hierarchyLevel: "Site" } });
      const replies = await Promise.all([under(a, b), under(b, a)]);
      expect(sorted(replies.map(({ error }) => error?.faults?.[0]?.code ?? "fine"))).toEqual([
        "cycle",
        "fine",
      ]);
    }
  });

  it("of a child's move and its new parent's deletion, one is refused", async () => {
    for (let round = 0; round < 20; round++) {
      const [parent, child] = await Promise.all([
        create({ hierarchyLevel: "Group" }),
        create({ hierarchyLevel: "Site" }),
      ]);
      const moveIn = () => rpc("customer.update", { where: { id: child }, patch: { parent } });
      const go = () => rpc("customer.delete", { where: { id: parent } });
      // Reads the parent's children, too, before the other two do.
      const rise = () =>
        rpc("customer.update", { where: { id: parent }, patch: { hierarchyLevel: "World" } });
      const [, ...replies] = await Promise.all([
        rise(),
        ...(round % 2 ? [moveIn(), go()] : [go(), moveIn()]),
      ]);
      expect(replies.filter(({ error }) => error !== undefined)).toHaveLength(1);
    }
    expect((await audit(server.database)).problems).toEqual([]);
  });
});

/** The faults of each state of the hierarchy in a log, change by change. */
function historyProblems(log: readonly LogRow[]): string[] {
  const customers = new Map<string, PlacedRow>();
  const names = new Map<string, LevelRow>();
  const problems: string[] = [];
  for (const [i, { recordType, recordId: id, seq, changes }] of log.entries()) {
    const to = Object.fromEntries(changes.map(({ path, to: value = null }) => [path.slice(1), value]));
    if (recordType === "customer") {
      const before = customers.get(id) ?? { id, hierarchyLevel: null, parent: null, deletedAt: null };
      customers.set(id, { ...before, ...to });
    } else if (recordType === "hierarchyLevel") {
      names.set(id, { ...(names.get(id) ?? { name: "", position: 0, deletedAt: null }), ...to });
      // The levels are replaced together, with one row each.
      if (log[i + 1]?.recordType === "hierarchyLevel") continue;
    }
    const now = hierarchyProblems(customers.values(), levelsOf(names.values()));
    problems.push(...now.map((problem) => `after seq ${seq}: ${problem}`));
  }
  return problems;
}

describe("racing bulk updates", () => {
  it("in atomic mode are in the log as a whole, uninterrupted, or not at all", async () => {
    const ids = await Promise.all(times(5, () => create({ properties: { turn: "" } })));
    const replies = await Promise.all(
      times(40, async (i) => {
        const reason = fresh();
        const items: object[] = ids.map((id) => ({ where: { id }, patch: { properties: { turn: reason } } }));
        // Every third one has a refused item, each time at another index.
        if (i % 3 === 0) items.splice(i % 6, 0, { where: { id: ids[0] }, patch: { email: "bad" } });
        return { reason, ...(await rpc("customer.updateMany", { items, mode: "atomic", reason })) };
      }),
    );
    const found = await audit(server.database);
    expect(found.problems).toEqual([]);
    for (const [i, { reason, status, error }] of replies.entries()) {
      const seqs = found.log.filter((row) => row.reason === reason).map(({ seq }) => seq);
      if (i % 3 === 0) {
        expect(error.items).toMatchObject([{ index: i % 6, error: { code: "INVALID" } }]);
        expect(seqs).toEqual([]);
      } else {
        expect(status).toBe(200);
        expect(seqs).toEqual(ids.map((_, at) => (seqs[0] as number) + at));
      }
    }
    const turns = ids.map((id) => propertiesOf(found, id)["turn"]);
    expect(new Set(turns).size).toBe(1);
  });

  it("in independent mode apply each valid item, and return a result for each item", async () => {
    const ids = await Promise.all(times(5, () => create()));
    const replies = await Promise.all(
      times(40, async (i) => {
        const reason = fresh();
        const items: object[] = ids.map((id) => ({ where: { id }, patch: { properties: { [reason]: i } } }));
        items[i % 5] = { where: { id: ids[i % 5] }, patch: { email: "bad" } };
        return {
          reason,
          result: data(await rpc("customer.updateMany", { items, mode: "independent", reason })),
        };
      }),
    );
    const found = await audit(server.database);
    expect(found.problems).toEqual([]);
    for (const [i, { reason, result }] of replies.entries()) {
      const { items, applied } = result as unknown as ManyResult;
      expect(applied).toBe(4);
      expect(items[i % 5]).toMatchObject({ index: i % 5, error: { code: "INVALID" } });
      const rows = found.log
        .filter((row) => row.reason === reason)
        .map(({ recordId, version }) => ({ id: recordId, version }));
      expect(items.filter(({ error }) => error === undefined)).toMatchObject(rows);
    }
    for (const [at, id] of ids.entries()) {
      const expected = replies.filter((_, i) => i % 5 !== at).map(({ reason }) => reason);
      expect(sorted(Object.keys(propertiesOf(found, id)))).toEqual(sorted(expected));
    }
  });

  it("in atomic mode with the same expected version: only one is applied", async () => {
    const ids = await Promise.all(times(3, () => create()));
    const replies = await Promise.all(
      times(20, (i) =>
        rpc("customer.updateMany", {
          items: ids.map((id) => ({ where: { id }, patch: { name: `winner ${i}` }, expectedVersion: 1 })),
        }),
      ),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(replies.map(({ error }) => error?.code))).toEqual(new Set([undefined, "STALE_VERSION"]));
    const found = await audit(server.database);
    expect(new Set(ids.map((id) => found.records.customer.get(id)?.["name"])).size).toBe(1);
    expect(ids.map((id) => rowsOf(found, id).length)).toEqual([2, 2, 2]);
  });
});

describe("racing requests with one idempotency key", () => {
  it.each([
    ["customer.create", async () => ({ name: "once" })],
    ["customer.update", async () => ({ where: { id: await create() }, patch: { name: "once" } })],
    ["customer.upsert", async () => ({ where: { providedId: fresh() }, patch: { name: "once" } })],
    ["customer.delete", async () => ({ where: { id: await create() } })],
    ["customer.erase", async () => ({ where: { id: await create({ name: "secret" }) } })],
    [
      "customer.merge",
      async () => ({ where: { id: await create({ name: "x" }) }, into: { id: await create() } }),
    ],
    [
      "customer.updateMany",
      async () => ({
        items: [{ where: { id: await create() }, patch: { name: "x" } }, { where: { id: "no" } }],
        mode: "independent",
      }),
    ],
    ["user.create", async () => ({ username: fresh() })],
    ["channel.create", async () => ({ name: fresh() })],
    ["token.create", async () => ({ scopes: ["users:read"] })],
  ])("50 of %s take effect once, and get the same answer", async (path, input) => {
    const request = { ...(await input()), idempotencyKey: fresh() };
    const before = (await audit(server.database)).log.length;
    const replies = await Promise.all(times(50, () => rpc(path, request)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const [first] = replies.filter(({ data: answer }) => answer["replayed"] === undefined);
    const replayed = replies.filter(({ data: answer }) => answer["replayed"] === true);
    expect(replayed).toHaveLength(49);
    for (const reply of replayed) expect(reply.data).toEqual({ ...first?.data, replayed: true });
    const { log, problems } = await audit(server.database);
    expect(problems).toEqual([]);
    // A merge writes the duplicate and the survivor; the others write one record.
    expect(log.length - before).toBe(path === "customer.merge" ? 2 : 1);
  });

  it("50 replacements of the levels take effect once, and get the same answer", async () => {
    const now = data(await rpc("hierarchyLevel.list"))["items"] as { name: string }[];
    const request = { levels: [...now.map(({ name }) => name), fresh()], idempotencyKey: fresh() };
    const before = (await audit(server.database)).log.length;
    const replies = await Promise.all(times(50, () => rpc("hierarchyLevel.replaceAll", request)));
    expect(replies.map(({ status }) => status)).toEqual(times(50, () => 200));
    for (const reply of replies) expect(reply.data["items"]).toEqual(replies[0]?.data["items"]);
    expect((await audit(server.database)).log.length - before).toBe(1);
  });

  it("of two different requests with one key, one is carried out and the other refused", async () => {
    for (let round = 0; round < 10; round++) {
      const idempotencyKey = fresh();
      const replies = await Promise.all(
        times(10, (i) => rpc("customer.create", { name: i % 2 ? "this" : "that", idempotencyKey })),
      );
      const names = new Set(
        replies.filter(({ status }) => status === 200).map(({ data: answer }) => answer["name"]),
      );
      expect(names.size).toBe(1);
      expect(replies.filter(({ error }) => error?.code === "IDEMPOTENCY_MISMATCH")).toHaveLength(5);
    }
  });
});
