import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcOf, type Rpc } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";

/** Undos that are interrupted, and undos while others change the records. */

type Item = Record<string, unknown>;
const itemsOf = (data: Item) => data["items"] as Item[];
let server: Server;
let rpc: Rpc;
const ok = async (path: string, input: object): Promise<Item> => {
  const { data, error } = await rpc(path, input);
  if (error) throw new Error(`${path}: ${JSON.stringify(error)}`);
  return data;
};

beforeAll(async () => {
  server = await startServer();
  rpc = rpcOf(server.url, server.token);
});
afterAll(() => server.dispose());

/** Creates records by one request. @returns their ids */
const create = async (items: object[], more: object = {}): Promise<string[]> =>
  itemsOf(await ok("customer.createMany", { items, ...more })).map(({ id }) => id as string);
const each = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe("an undo", () => {
  it("that is killed in the middle continues where it was, and takes nothing back twice", async () => {
    const old = await create(each(300, () => ({ name: "old" })));
    const { id } = await ok("changeSet.open", { kind: "import" });
    const made = await create(
      each(1000, () => ({ name: "new" })),
      { changeSet: id },
    );
    await ok("customer.updateMany", {
      changeSet: id,
      items: old.map((record) => ({ where: { id: record }, patch: { name: "new" } })),
    });
    await ok("customer.updateMany", {
      changeSet: id,
      items: made.slice(0, 200).map((record) => ({ where: { id: record }, patch: { job: "again" } })),
    });

    const kills = 2;
    for (let kill = 0; kill < kills; kill++) {
      const first = await ok("changeSet.undo", { where: { id } });
      expect(first["done"]).toBe(false);
      const lost = rpc("changeSet.undo", { where: { id } }).catch(() => undefined);
      await server.stop("SIGKILL");
      await lost;
      const again = await startServer({ DATABASE_URL: server.database, ROSTER_TOKEN: server.token });
      const { dispose } = server;
      server = {
        ...again,
        async dispose() {
          await again.dispose();
          await dispose();
        },
      };
      rpc = rpcOf(server.url, server.token);
    }
    for (let done = false; !done;) {
      const step = await ok("changeSet.undo", { where: { id } });
      expect(itemsOf(step).filter(({ outcome }) => outcome === "left")).toEqual([]);
      done = step["done"] as boolean;
    }

    const { undoneBy } = await ok("changeSet.get", { where: { id } });
    const undo = await ok("changeSet.get", { where: { id: undoneBy } });
    expect(undo).toMatchObject({ deleted: 1000, updated: 300, refused: 0 });
    // The entries of the log are the ground truth: one for each record.
    const changed = new Map<string, number>();
    for (let after = (undo["firstSeq"] as number) - 1, more = true; more;) {
      const page = await ok("change.list", { after, limit: 1000 });
      for (const { changeSet, recordId } of itemsOf(page))
        if (changeSet === undoneBy)
          changed.set(recordId as string, (changed.get(recordId as string) ?? 0) + 1);
      after = page["next"] as number;
      more = page["more"] as boolean;
    }
    expect([...changed.keys()].toSorted()).toEqual([...old, ...made].toSorted());
    expect(new Set(changed.values())).toEqual(new Set([1]));
    const first = await ok("customer.get", { where: { id: old[0] } });
    expect(first).toMatchObject({ name: "old", version: 3 });
  });

  it("loses no change that others make meanwhile", async () => {
    const records = await create(each(400, (i) => ({ name: `before ${i}` })));
    const { changeSet: id } = await ok("customer.updateMany", {
      items: records.map((record) => ({ where: { id: record }, patch: { name: "bulk", job: "bulk" } })),
    });
    const theirs = records.filter((_, i) => i % 4 === 0);
    const beside = records.filter((_, i) => i % 4 === 1);
    const write = (record: string, patch: object) => ok("customer.update", { where: { id: record }, patch });
    const items: Item[] = [];
    const undo = async () => {
      for (let done = false; !done;) {
        const step = await ok("changeSet.undo", { where: { id } });
        items.push(...itemsOf(step));
        done = step["done"] as boolean;
      }
    };
    await Promise.all([
      undo(),
      ...theirs.map((record) => write(record, { name: "theirs" })),
      ...beside.map((record) => write(record, { phone: "+442079460182" })),
    ]);
    const left = new Set(items.filter(({ outcome }) => outcome === "left").map((item) => item["id"]));
    for (const [i, record] of records.entries()) {
      const now = await ok("customer.get", { where: { id: record } });
      const kind = i % 4;
      if (kind === 0) {
        // The update came before the undo of the record, which then left it, or after it.
        expect(now).toMatchObject({ name: "theirs", job: left.has(record) ? "bulk" : null });
      } else {
        expect(left.has(record)).toBe(false);
        const phone = kind === 1 ? "+442079460182" : null;
        expect(now).toMatchObject({ name: `before ${i}`, job: null, phone });
      }
    }
  });
});
