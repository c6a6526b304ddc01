import { afterAll, beforeAll, expect, it } from "vitest";
import { procedurePaths } from "../fuzz/procedures.ts";
import { rpcOf } from "../rpc.ts";
import { procedures } from "../scopes/calls.ts";
import { openWorld, type World } from "../scopes/world.ts";

/** A faulty idempotency key is one fault among the others of a request, for every mutation. */

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.server.dispose());

let after = 0;
/** The changes since the previous call. */
async function newChanges(): Promise<unknown[]> {
  const changes = [];
  for (;;) {
    const { items } = (await world.admin("change.list", { after, limit: 200 })) as {
      items: { seq: number }[];
    };
    if (items.length === 0) return changes;
    changes.push(...items);
    after = items.at(-1)?.seq ?? after;
  }
}

// The first entry of each is the call as such.
const requests = new Map(procedures.toReversed().map(({ name, request }) => [name, request]));
const mutations = procedurePaths.filter(({ kind }) => kind === "mutation");

/** Their services read the rest of the input, which is not looked at before the key is right. */
const readLater = [
  "hierarchyLevel.replaceAll",
  "tenant.create",
  "tenant.setPropertiesSchema",
  "tenant.update",
  "token.create",
];

it.each(mutations)(
  "$path reports a faulty key with all other faults, and changes nothing",
  async ({ path }) => {
    const body = (await requests.get(path)?.(world))?.body;
    const rpc = rpcOf(world.server.url, world.server.token);
    await newChanges();
    const pointers = async (more: object) => {
      const { status, error } = await rpc(path, { ...(body as object), ...more });
      expect(status).toBe(400);
      return error.faults?.map(({ pointer }: { pointer: string }) => pointer).toSorted();
    };
    expect(await pointers({ idempotencyKey: "" })).toEqual(["/idempotencyKey"]);
    expect(await pointers({ idempotencyKey: 7, colour: "red" })).toEqual([
      ...(readLater.includes(path) ? [] : ["/colour"]),
      "/idempotencyKey",
    ]);
    expect(await newChanges()).toEqual([]);
  },
);
