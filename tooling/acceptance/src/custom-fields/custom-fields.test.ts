import type { CustomerJson, JsonObject, Misfit, TenantJson } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { faultCodes, rpcOf, type Rpc, type RpcReply } from "../rpc.ts";
import { cpuTimeOf } from "../usage.ts";
import { send } from "../wire-formats/raw-request.ts";
import { useServer } from "../use-server.ts";

const { server } = useServer({}, { mayLogErrors: false });

/** A tenant that belongs to one test. */
interface Own {
  rpc: Rpc;
  token: string;
  number: number;
  set(schema: unknown, more?: object): Promise<SetReply>;
  create(fields: object): Promise<CustomerJson>;
}
type SetReply = RpcReply & {
  data: { tenant: TenantJson; version: number; applied: boolean; misfits: Misfit[]; misfitCount: number };
};

async function own(): Promise<Own> {
  const made = await rpcOf(server.url, server.token)("tenant.create", { name: "Custom fields" });
  const { token, number } = made.data as unknown as { token: string; number: number };
  const rpc = rpcOf(server.url, token);
  return {
    rpc,
    token,
    number,
    set: async (schema, more = {}) =>
      (await rpc("tenant.setPropertiesSchema", { schema, ...more })) as SetReply,
    async create(fields) {
      const { status, data, error } = await rpc("customer.create", fields);
      if (status !== 200) throw new Error(error.message);
      return data as unknown as CustomerJson;
    },
  };
}

const plans = {
  type: "object",
  required: ["plan"],
  properties: {
    plan: { enum: ["free", "pro"] },
    seats: { type: "integer", minimum: 1 },
    owner: {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string", pattern: "^[A-Z]" } },
    },
  },
  additionalProperties: false,
} satisfies JsonObject;

describe("a schema of customers' properties", () => {
  it("is set by an admin, shown with the tenant, changed and removed", async () => {
    const { rpc, set } = await own();
    expect((await set(plans)).data).toMatchObject({
      version: 2,
      applied: true,
      tenant: { propertiesSchema: plans, version: 2 },
      changes: [{ path: "/propertiesSchema", from: null, to: plans }],
      misfits: [],
      misfitCount: 0,
    });
    expect((await rpc("tenant.get")).data).toMatchObject({ propertiesSchema: plans });
    expect((await set(plans)).data).toMatchObject({ version: 2, applied: false, changes: [] });
    const { properties } = plans;
    const wider = { ...plans, properties: { ...properties, plan: { enum: ["free", "pro", "max"] } } };
    expect((await set(wider)).data).toMatchObject({
      version: 3,
      changes: [{ path: "/propertiesSchema/properties/plan/enum" }],
    });
    expect((await set(null)).data).toMatchObject({ version: 4, tenant: { propertiesSchema: null } });
  });

  it("is not a field of tenant.update", async () => {
    const { rpc } = await own();
    const { error } = await rpc("tenant.update", { patch: { propertiesSchema: {} } });
    expect(faultCodes(error)).toEqual({ "/patch/propertiesSchema": "read_only" });
  });

  it("is set once for one idempotency key", async () => {
    const { set } = await own();
    const first = await set(plans, { idempotencyKey: "one" });
    expect((await set(plans, { idempotencyKey: "one" })).data).toEqual({ ...first.data, replayed: true });
    expect((await set(null, { idempotencyKey: "one" })).error.code).toBe("IDEMPOTENCY_MISMATCH");
  });

  it.each<[what: string, input: unknown, faults: Record<string, string>]>([
    ["an array", [], { "": "invalid_type" }],
    ["no schema", {}, { "/schema": "required" }],
    ["a schema that is true", { schema: true }, { "/schema": "invalid_type" }],
    [
      "options of the wrong type, and others",
      { schema: null, dryRun: 1, acceptMisfits: "yes", force: true },
      { "/dryRun": "invalid_type", "/acceptMisfits": "invalid_type", "/force": "unknown_field" },
    ],
    [
      "a schema with faults",
      {
        schema: { properties: { a: { type: "strin", pattern: "(?=x)" }, b: { $ref: "http://127.0.0.1/" } } },
        dryRun: 1,
      },
      {
        "/schema/properties/a/type": "schema",
        "/schema/properties/a/pattern": "invalid_format",
        "/dryRun": "invalid_type",
      },
    ],
    ["a remote reference", { schema: { $ref: "http://127.0.0.1:1/x" } }, { "/schema/$ref": "not_found" }],
  ])("is refused as a whole for %s", async (_what, input, faults) => {
    const { rpc } = await own();
    const { status, error } = await rpc("tenant.setPropertiesSchema", input);
    expect(status).toBe(400);
    expect(faultCodes(error)).toEqual(faults);
    expect((await rpc("tenant.get")).data).toMatchObject({ propertiesSchema: null, version: 1 });
  });

  it("of one tenant does not apply to another", async () => {
    const [one, other] = [await own(), await own()];
    await one.set(plans);
    await other.create({ properties: { anything: true } });
    await expect(one.create({ properties: { anything: true } })).rejects.toThrow();
  });
});

describe("properties that break the schema", () => {
  it("are refused with a pointer to each fault in the update, on every surface", async () => {
    const { rpc, set, create } = await own();
    await set(plans);
    const { id } = await create({ providedId: "acme", properties: { plan: "free" } });
    const update = async (rest: object) => {
      const { status, error } = await rpc("customer.update", { where: { id }, ...rest });
      return { status, faults: error && faultCodes(error) };
    };
    expect(
      await update({ patch: { properties: { plan: "gold", seats: 0, owner: {}, "a/b": 1 }, email: "ada@" } }),
    ).toEqual({
      status: 400,
      faults: {
        "/patch/email": "invalid_format",
        "/patch/properties/plan": "schema",
        "/patch/properties/seats": "schema",
        "/patch/properties/owner/name": "schema",
        "/patch/properties/a~1b": "schema",
      },
    });
    expect(await update({ patch: { properties: { plan: null } } })).toMatchObject({
      faults: { "/patch/properties/plan": "schema" },
    });
    expect(await update({ patch: { properties: null } })).toMatchObject({
      faults: { "/patch/properties/plan": "schema" },
    });
    expect(await update({ replace: { properties: { plan: "pro", owner: { name: "ada" } } } })).toMatchObject({
      faults: { "/replace/properties/owner/name": "schema" },
    });
    expect((await rpc("customer.get", { where: { id } })).data).toMatchObject({
      version: 1,
      properties: { plan: "free" },
    });
  });

  it("are refused by the result: a valid value can conflict with stored ones", async () => {
    const { rpc, set, create } = await own();
    await set({ dependentRequired: { card: ["address"] }, maxProperties: 2 });
    const { id } = await create({ properties: { address: "x" } });
    const patch = async (properties: object) =>
      (await rpc("customer.update", { where: { id }, patch: { properties } })).error;
    expect(await patch({ card: "1" })).toBeUndefined();
    expect(faultCodes(await patch({ address: null }))).toEqual({ "/patch/properties/address": "schema" });
    expect(faultCodes(await patch({ more: 1 }))).toEqual({ "/patch/properties": "schema" });
  });

  it("are refused in a new customer, and missing ones count as {}", async () => {
    const { rpc, set, create } = await own();
    await set(plans);
    for (const [fields, faults] of [
      [{}, { "/properties/plan": "schema" }],
      [{ name: "Acme" }, { "/properties/plan": "schema" }],
      [{ properties: null }, { "/properties/plan": "schema" }],
      [{ email: "ada@" }, { "/email": "invalid_format", "/properties/plan": "schema" }],
      [
        { properties: { plan: "gold", seats: "1" } },
        { "/properties/plan": "schema", "/properties/seats": "schema" },
      ],
    ] as const) {
      expect(faultCodes((await rpc("customer.create", fields)).error)).toEqual(faults);
    }
    await create({ properties: { plan: "pro", seats: 3 } });
    const upsert = await rpc("customer.upsert", {
      where: { providedId: "new" },
      patch: { properties: { plan: 1 } },
    });
    expect(faultCodes(upsert.error)).toEqual({ "/patch/properties/plan": "schema" });
  });

  it("are refused in one item of a bulk update, and the others follow the mode", async () => {
    const { rpc, set, create } = await own();
    await set(plans);
    const ids = [];
    for (const plan of ["free", "free"]) ids.push((await create({ properties: { plan } })).id);
    const items = [
      { where: { id: ids[0] }, patch: { properties: { plan: "pro" } } },
      { where: { id: ids[1] }, patch: { properties: { plan: "gold" } } },
    ];
    const { error } = await rpc("customer.updateMany", { items });
    expect(faultCodes(error)).toEqual({ "/items/1/patch/properties/plan": "schema" });
    const { data } = await rpc("customer.updateMany", { items, mode: "independent" });
    expect(data).toMatchObject({ applied: 1, items: [{ applied: true }, { error: { code: "INVALID" } }] });
  });

  it("are refused if a revert or a merge would bring them about", async () => {
    const { rpc, set, create } = await own();
    const { id } = await create({ properties: { plan: "old", seats: 1 } });
    await rpc("customer.update", { where: { id }, patch: { properties: { plan: "free" } } });
    await set(plans);
    const revert = await rpc("customer.revert", { where: { id }, to: 1 });
    expect(faultCodes(revert.error)).toEqual({ "/to/plan": "schema" });
    const field = await rpc("customer.revert", { where: { id }, to: 1, field: "/properties/plan" });
    expect(faultCodes(field.error)).toEqual({ "/field/plan": "schema" });

    await set({ ...plans, maxProperties: 2 });
    const other = await create({ properties: { plan: "pro", owner: { name: "Ada" } } });
    const merge = await rpc("customer.merge", { where: { id: other.id }, into: { id } });
    expect(merge.status).toBe(400);
    expect(merge.error.faults).toMatchObject([{ code: "schema" }]);
    expect((await rpc("customer.get", { where: { id: other.id } })).data).toMatchObject({ deletedAt: null });
  });

  it("are refused by the documented formats in their own form", async () => {
    const { token, set, create } = await own();
    await set(plans);
    await create({ providedId: "acme", properties: { plan: "free" } });
    const answer = await send(server.url, {
      method: "POST",
      path: "/api/update_customer/",
      headers: { "Explo-Authorization": `Token ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ provided_id: "acme", properties: { plan: "gold" } }),
    });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      success: 0,
      message: expect.stringContaining("/properties/plan") as string,
    });
  });
});

describe("customers that do not fit a schema", () => {
  const seats = { type: "object", properties: { seats: { type: "integer" } } };

  it("are listed by a dry run, and prevent it from being set unless they are accepted", async () => {
    const { rpc, set, create } = await own();
    const fits = await create({ providedId: "fits", properties: { seats: 1 } });
    const none = await create({ providedId: "none" });
    const misfit = await create({ providedId: "misfit", properties: { seats: "1" } });
    const gone = await create({ properties: { seats: "1" } });
    await rpc("customer.delete", { where: { id: gone.id } });

    const dry = await set(seats, { dryRun: true });
    expect(dry.data).toMatchObject({ version: 1, applied: false, changes: [{ path: "/propertiesSchema" }] });
    expect(dry.data.misfits).toEqual([
      {
        id: misfit.id,
        providedId: "misfit",
        faults: [{ pointer: "/properties/seats", code: "schema", message: "must be integer" }],
      },
    ]);
    expect(dry.data.misfitCount).toBe(1);

    const refused = await set(seats);
    expect(refused.status).toBe(409);
    expect(faultCodes(refused.error)).toEqual({ "/schema": "in_use" });
    expect(refused.error.message).toContain('"misfit"');
    expect((await rpc("tenant.get")).data).toMatchObject({ version: 1, propertiesSchema: null });

    const accepted = await set(seats, { acceptMisfits: true });
    expect(accepted.data).toMatchObject({
      applied: true,
      version: 2,
      misfitCount: 1,
      misfits: [{ id: misfit.id }],
    });
    for (const { id } of [fits, none]) {
      expect(
        (await rpc("customer.update", { where: { id }, patch: { properties: { seats: 2 } } })).status,
      ).toBe(200);
    }
  });

  it("can be updated in other fields, deleted, restored and corrected", async () => {
    const { rpc, set, create } = await own();
    const { id } = await create({ properties: { seats: "1", note: "x" } });
    await set(seats, { acceptMisfits: true });
    const where = { id };
    expect((await rpc("customer.update", { where, patch: { name: "Acme" } })).data).toMatchObject({
      version: 2,
    });
    const same = await rpc("customer.update", { where, patch: { properties: { note: "x" }, job: "y" } });
    expect(same.data).toMatchObject({ applied: true });
    const other = await rpc("customer.update", { where, patch: { properties: { note: "z" } } });
    expect(faultCodes(other.error)).toEqual({ "/patch/properties/seats": "schema" });
    expect((await rpc("customer.delete", { where })).status).toBe(200);
    expect((await rpc("customer.restore", { where })).status).toBe(200);
    expect((await rpc("customer.update", { where, patch: { properties: { seats: 1 } } })).status).toBe(200);
    expect((await set(seats, { dryRun: true })).data.misfitCount).toBe(0);
  });

  it("are all counted, and the first hundred listed", async () => {
    const { set, create } = await own();
    await Promise.all(Array.from({ length: 130 }, () => create({ properties: { seats: 1 } })));
    const { data } = await set({ required: ["plan"] }, { dryRun: true });
    expect([data.misfits.length, data.misfitCount]).toEqual([100, 130]);
  });

  it("cannot appear while a schema is being set: it is refused, or no customer breaks it", async () => {
    for (let round = 0; round < 15; round++) {
      const { rpc, set, create } = await own();
      const customers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => create({ providedId: `c${i}`, properties: { seats: i } })),
      );
      const [setting, ...updates] = await Promise.all([
        set(seats),
        ...customers.slice(0, 1 + (round % 3)).map(async ({ id }, i) => {
          await new Promise((resolve) => setTimeout(resolve, (round + i) % 5));
          return rpc("customer.update", { where: { id }, patch: { properties: { seats: "many" } } });
        }),
      ]);
      const { misfitCount } = (await set(seats, { dryRun: true })).data;
      const broken = updates.filter(({ status }) => status === 200).length;
      expect(misfitCount).toBe(broken);
      expect([200, 409]).toContain(setting.status);
      if (setting.status === 200) expect(broken).toBe(0);
      else expect(broken).toBeGreaterThan(0);
    }
  });
});

describe("a hostile schema", () => {
  /**
   * Runs some work.
   *
   * @returns the most that the server worked while another request waited, in milliseconds of CPU time;
   *   elapsed time would include other processes
   */
  async function waited(work: () => Promise<void>): Promise<number> {
    const end = new AbortController();
    let slowest = 0;
    const neighbour = (async () => {
      while (!end.signal.aborted) {
        const before = cpuTimeOf(server);
        expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
        slowest = Math.max(slowest, cpuTimeOf(server) - before);
      }
    })();
    await work();
    end.abort();
    await neighbour;
    return slowest;
  }
  const tooMuch = [{ code: "schema", message: expect.stringContaining("more work") as string }];

  it("delays no other request, neither when it is set nor when values are checked", async () => {
    const { rpc, set, create } = await own();
    const patterns = Array.from({ length: 150 }, (_, i) => (i % 2 ? "^(a+a+)+[cd]$" : `a[ab]{${i % 9}}[cd]`));
    const schema = { additionalProperties: { allOf: patterns.map((pattern) => ({ pattern })) } };
    const { id } = await create({});
    const properties = { text: `${"ab".repeat(25_000)}!` };
    const slowest = await waited(async () => {
      expect((await set(schema)).status).toBe(200);
      for (let i = 0; i < 20; i++) {
        const { status, error } = await rpc("customer.update", { where: { id }, patch: { properties } });
        expect(status).toBe(400);
        expect(error.faults).toMatchObject(tooMuch);
      }
    });
    expect(slowest).toBeLessThan(1_000);
  });

  it("delays no other request with a thousand checks in one request either", async () => {
    const { rpc, set, create } = await own();
    const items = Array.from({ length: 900 }, () => 1);
    const { id } = await create({ properties: { items } });
    await set(
      { properties: { items: { items: { allOf: Array.from({ length: 300 }, () => ({ minimum: 0 })) } } } },
      { acceptMisfits: true },
    );
    const updates = Array.from({ length: 1_000 }, (_, i) => ({
      where: { id },
      patch: { properties: { i } },
    }));
    const slowest = await waited(async () => {
      const { data } = await rpc("customer.updateMany", { items: updates, mode: "independent" });
      expect(data).toMatchObject({ applied: 0 });
      expect((data["items"] as object[])[999]).toMatchObject({ error: { faults: tooMuch } });
    });
    expect(slowest).toBeLessThan(500);
  });
});
