import { tamper } from "@roster/api/testing/look";
import { describe, expect, it } from "vitest";
import { faultCodes, rpcOf } from "../rpc.ts";
import { startServer } from "../server.ts";
import { useWorld } from "./world.ts";

const world = useWorld();

describe("an idempotency key", () => {
  it("returns the first answer again, marked, and applies nothing twice", async () => {
    const record = await world.create({ emails: [] });
    const request = {
      patch: { name: "once" },
      add: { emails: ["a@x.example"] },
      idempotencyKey: world.fresh(),
    };
    const first = await world.update(record, request);
    await world.update(record, { patch: { name: "later" } });
    const second = await world.update(record, request);
    expect(second.status).toBe(200);
    expect(second.data).toEqual({ ...first.data, replayed: true });
    expect(await world.get(record)).toMatchObject({ name: "later", version: 3 });
  });

  it("ignores the order of the request's keys", async () => {
    const record = await world.create();
    const idempotencyKey = world.fresh();
    const where = { id: record["id"] };
    await world.rpc("customer.update", { where, patch: { name: "x", job: "y" }, idempotencyKey });
    const again = await world.rpc("customer.update", {
      idempotencyKey,
      patch: { job: "y", name: "x" },
      where,
    });
    expect(again.data["replayed"]).toBe(true);
  });

  it("works for creates, deletes and restores, whose replays get the first answer", async () => {
    const keys = [world.fresh(), world.fresh(), world.fresh()];
    const create = { name: "x", idempotencyKey: keys[0] };
    const made = await world.rpc("customer.create", create);
    expect((await world.rpc("customer.create", create)).data).toEqual({ ...made.data, replayed: true });
    const where = { id: made.data["id"] };
    for (const [verb, idempotencyKey] of [
      ["delete", keys[1]],
      ["restore", keys[2]],
    ]) {
      const first = await world.rpc(`customer.${verb}`, { where, idempotencyKey });
      expect((await world.rpc(`customer.${verb}`, { where, idempotencyKey })).data).toEqual({
        ...first.data,
        replayed: true,
      });
    }
    expect(await world.history(made.data)).toHaveLength(3);
  });

  it("works for tokens and tenants, whose secret is repeated only to the same caller", async () => {
    for (const [path, input] of [
      ["token.create", { scopes: ["admin"] }],
      ["tenant.create", { name: "again" }],
    ] as const) {
      const request = { ...input, idempotencyKey: world.fresh() };
      const first = await world.rpc(path, request);
      const second = await world.rpc(path, request);
      expect(second.data).toEqual({ ...first.data, replayed: true });
      expect((await rpcOf(world.server.url, second.data["token"] as string)("me.get")).status).toBe(200);
      const other = rpcOf(
        world.server.url,
        (await world.rpc("token.create", { scopes: ["admin"] })).data["token"] as string,
      );
      const theirs = await other(path, request);
      expect(theirs.status).not.toBe(500);
      expect(JSON.stringify(theirs)).not.toContain(first.data["token"]);
    }
  });

  it("of another request is refused, whichever procedure it calls", async () => {
    const record = await world.create();
    const idempotencyKey = world.fresh();
    await world.update(record, { patch: { name: "a" }, idempotencyKey });
    for (const reply of [
      await world.update(record, { patch: { name: "b" }, idempotencyKey }),
      await world.rpc("user.create", { idempotencyKey }),
      await world.rpc("customer.delete", { where: { id: record["id"] }, idempotencyKey }),
    ]) {
      expect(reply.status).toBe(422);
      expect(reply.error.code).toBe("IDEMPOTENCY_MISMATCH");
    }
    expect(await world.get(record)).toMatchObject({ name: "a", version: 2 });
  });

  it("of a refused request can be used again", async () => {
    const record = await world.create();
    const idempotencyKey = world.fresh();
    expect((await world.update(record, { patch: { email: "bad" }, idempotencyKey })).status).toBe(400);
    expect(
      (await world.update(record, { patch: { email: "good@x.example" }, idempotencyKey })).data["applied"],
    ).toBe(true);
  });

  it("belongs to its tenant", async () => {
    const theirs = rpcOf(
      world.server.url,
      (await world.rpc("tenant.create", { name: "t" })).data["token"] as string,
    );
    const request = { name: "x", idempotencyKey: world.fresh() };
    const ours = await world.rpc("customer.create", request);
    const their = await theirs("customer.create", request);
    expect(their.data["replayed"]).toBeUndefined();
    expect(their.data["id"]).not.toBe(ours.data["id"]);
  });

  it("is a text of 1 to 255 characters", async () => {
    for (const idempotencyKey of ["", "x".repeat(256), 5, null, {}, "\u0000", "ü"]) {
      const { status, error } = await world.rpc("customer.create", { idempotencyKey });
      expect(status).toBe(400);
      expect(faultCodes(error)).toEqual({ "/idempotencyKey": "invalid_format" });
    }
    expect((await world.rpc("customer.create", { idempotencyKey: "x".repeat(255) })).status).toBe(200);
  });

  it("is not accepted in a query", async () => {
    const { error } = await world.rpc("customer.list", { idempotencyKey: "x" });
    expect(faultCodes(error)).toEqual({ "/idempotencyKey": "unknown_field" });
  });

  it("makes 50 concurrent requests take effect once, with one answer", async () => {
    const record = await world.create({ properties: { n: 0 } });
    const request = { patch: { properties: { n: 1 } }, idempotencyKey: world.fresh() };
    const replies = await Promise.all(Array.from({ length: 50 }, () => world.update(record, request)));
    expect(replies.filter(({ data }) => data["replayed"] !== true)).toHaveLength(1);
    expect(new Set(replies.map(({ data }) => data["version"]))).toEqual(new Set([2]));
    expect(await world.history(record)).toHaveLength(2);
  });

  it("survives a restart, and is removed after a day", async () => {
    const server = await startServer();
    const rpc = rpcOf(server.url, server.token);
    const request = { name: "x", idempotencyKey: "kept" };
    const first = await rpc("customer.create", request);
    await server.stop();

    const restarted = async () => startServer({ DATABASE_URL: server.database });
    const aged = (hours: number) =>
      tamper(
        server.database,
        `update idempotency_keys set at = '${new Date(Date.now() - hours * 3_600_000).toISOString()}' where key = 'kept'`,
      );
    let again = await restarted();
    expect((await rpcOf(again.url, again.token)("customer.create", request)).data).toEqual({
      ...first.data,
      replayed: true,
    });
    await again.stop();

    await aged(23);
    again = await restarted();
    const later = rpcOf(again.url, again.token);
    await later("customer.create", { idempotencyKey: "another" });
    expect((await later("customer.create", request)).data["replayed"]).toBe(true);
    await again.stop();

    await aged(25);
    again = await restarted();
    const muchLater = rpcOf(again.url, again.token);
    await muchLater("customer.create", { idempotencyKey: "a third" });
    expect((await muchLater("customer.create", request)).data["replayed"]).toBeUndefined();
    await again.dispose();
    await server.dispose();
  });
});
