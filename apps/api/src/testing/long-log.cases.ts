import { customerFields, parseRevert, parseUpdate, type StoredCustomer } from "@roster/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actor, startNode, type Node, type TestDatabase } from "./node.ts";

/** The number of rows of each read since the last call of `take`. */
export interface RowCounter {
  take(): number[];
}

const versions = 100_000;
/** The maximum number of rows that one read of a log may return. */
const most = 600;

/** Tests of reads and changes of a record with a very long log. */
export function longLogCases(
  make: () => Promise<TestDatabase>,
  json: (text: string) => string,
  reads: RowCounter,
) {
  let test: TestDatabase;
  let node: Node;
  let id: string;
  beforeAll(async () => {
    test = await make();
    node = await startNode(await test.open());
    ({ id } = await node.create({ job: "job 1" }));
    const [[seq] = []] = (await test.sql("select seq from tenant_counters where tenant = 1")) as [number][];
    const from = seq as number;
    // One year per ten thousand versions.
    const at = "'20' || cast(30 + i / 10000 as text) || '-01-01T00:00:00.000Z'";
    const changes = json(
      `'[{"path":"/job","from":"job ' || cast(i - 1 as text) || '","to":"job ' || cast(i as text) || '"}]'`,
    );
    await test.sql(`
      insert into change_log (tenant, seq, prev_seq, record_type, record_id, version, action, at, actor, source, changes)
      with recursive n(i) as (select 2 union all select i + 1 from n where i < ${versions})
      select 1, ${from} + i - 1, ${from} + i - 2, 'customer', '${id}', i, 'update', ${at}, 'x', 'x', ${changes} from n`);
    await test.sql(
      `update customers set version = ${versions}, seq = ${from + versions - 1}, job = 'job ${versions}', updated_by = 'x', updated_at = (select max(at) from change_log)`,
    );
    await test.sql(`update tenant_counters set seq = ${from + versions - 1} where tenant = 1`);
  }, 120_000);
  afterAll(async () => {
    await node.close();
    await test.dispose();
  });

  const where = () => [{ field: "id" as const, value: id }];
  const jobAt = async (moment: { version: number } | { at: string }) =>
    ((await node.roster.customer.at(actor, where(), moment)) as unknown as StoredCustomer).job;
  const update = (input: object) =>
    node.roster.customer.update(actor, parseUpdate(customerFields, { where: { id }, ...input }));

  // Reading the whole log takes a second or two of processor time.
  describe(`a record of ${versions} versions`, { timeout: 120_000 }, () => {
    it("is read as of a recent version at the cost of the versions since", async () => {
      reads.take();
      expect(await jobAt({ version: versions - 3 })).toBe(`job ${versions - 3}`);
      expect(reads.take().reduce((sum, rows) => sum + rows, 0)).toBeLessThan(60);
    });

    it("is read as of an early version in bounded portions", async () => {
      reads.take();
      expect(await jobAt({ version: 5 })).toBe("job 5");
      expect(await jobAt({ at: "2034-06-01T00:00:00.000Z" })).toBe("job 49999");
      await expect(jobAt({ at: "2000-01-01T00:00:00.000Z" })).rejects.toMatchObject({ code: "NOT_FOUND" });
      const { changes } = await node.roster.customer.diff(actor, where(), versions - 9, versions);
      expect(changes).toEqual([{ path: "/job", from: `job ${versions - 9}`, to: `job ${versions}` }]);
      expect(Math.max(...reads.take())).toBeLessThan(most);
    });

    it("has a history in pages, which continues its export", async () => {
      reads.take();
      const { history, historyCursor } = await node.roster.customer.export(actor, where());
      expect(history[0]).toMatchObject({ version: versions });
      expect(history.length).toBeLessThan(versions / 10);
      const next = await node.roster.customer.history(actor, where(), 5, historyCursor ?? undefined);
      const last = history.at(-1)?.version as number;
      expect(next.items.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5].map((i) => last - i));
      const more = await node.roster.customer.history(actor, where(), 1, next.nextCursor ?? undefined);
      expect(more.items).toMatchObject([{ version: last - 6 }]);
      expect(Math.max(...reads.take())).toBeLessThan(most);
    });

    it("reports the changes since an early version to a stale writer, and rebases an update without conflicts", async () => {
      reads.take();
      await expect(update({ patch: { job: "mine" }, expectedVersion: 3 })).rejects.toMatchObject({
        code: "STALE_VERSION",
        conflict: { changedSince: [{ path: "/job", version: versions }] },
      });
      const rebased = await update({ patch: { name: "mine" }, expectedVersion: 3, onConflict: "rebase" });
      expect(rebased).toMatchObject({ applied: true, version: versions + 1 });
      expect(Math.max(...reads.take())).toBeLessThan(most);
    });

    it("is reverted to an early version", async () => {
      reads.take();
      const parsed = parseRevert(customerFields, { where: { id }, to: 2, field: "/job" });
      expect(await node.roster.customer.revert(actor, parsed)).toMatchObject({ record: { job: "job 2" } });
      expect(Math.max(...reads.take())).toBeLessThan(most);
    });

    it("sends a webhook its earliest changes first", async () => {
      reads.take();
      const { deliveries } = node.database.tenant(1);
      const [[first] = []] = (await test.sql(
        `select min(seq) from change_log where record_id = '${id}'`,
      )) as [number][];
      const seq = first as number;
      const exact = await deliveries.changesOf(id, seq + 9, seq + 1_000, 3);
      expect(exact.items.map(({ version }) => version)).toEqual([11]);
      const none = await deliveries.changesOf(id, 0, seq + versions, 3);
      expect(none.items.map(({ version }) => version)).toEqual([1, 2, 3]);
      expect(none.seq).toBe(seq + 2);
      expect(Math.max(...reads.take())).toBeLessThan(most);
    });

    it("is erased with its whole log", async () => {
      await node.roster.customer.erase(actor, where());
      const left = await test.sql(
        `select count(*) from change_log where record_id = '${id}' and action <> 'erase' and cast(changes as text) <> '[]'`,
      );
      expect(Number(left[0]?.[0])).toBe(0);
    });
  });
}
