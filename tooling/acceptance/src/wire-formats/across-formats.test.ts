import type { CustomerJson } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { at } from "./documented-api.ts";
import type { Answer } from "./raw-request.ts";
import { next, useWorld } from "./world.ts";

/** One record in every API: a value written through one is shown by the others and by typed calls. */

const world = useWorld();

type Surface = "typed" | "stateset" | "statesetUser" | "explo" | "maiascore" | "flextell";

/** Sends an update of a customer through each surface. */
const update: Record<Surface, (customer: CustomerJson, fields: object) => Promise<unknown>> = {
  async typed({ id }, patch) {
    const { data } = await world.rpc("customer.update", { where: { id }, patch });
    return data["customer"];
  },
  stateset: ({ id }, fields) =>
    ok("PUT", `/v1/customers/${id}`, { Authorization: `Token ${world.token}` }, fields),
  async statesetUser({ id }, fields) {
    const user = await world.make("user", { customer: id });
    return ok("PUT", `/v1/users/${user.id}`, { Authorization: `Token ${world.token}` }, fields);
  },
  explo: ({ providedId }, fields) =>
    ok(
      "POST",
      "/api/update_customer/",
      { "Explo-Authorization": `Token ${world.token}` },
      {
        provided_id: providedId,
        ...fields,
      },
    ),
  maiascore: ({ id }, fields) =>
    ok("PUT", `/customers/${id}`, { Authorization: `Bearer ${world.token}` }, fields),
  flextell: ({ number }, fields) =>
    ok("PUT", `/api/v1/customers/${number}`, { Authorization: `Bearer ${world.token}` }, fields),
};

async function ok(method: string, path: string, authorization: Record<string, string>, fields: object) {
  const answer: Answer = await world.send({
    method,
    path,
    headers: { "Content-Type": "application/json", ...authorization },
    body: JSON.stringify(fields),
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json;
}

/** How a surface writes a value, and where and how its reply shows it. */
interface Spelling {
  write?: Record<string, unknown>;
  read?: [path: string, value: unknown];
}

/** The same value on every surface that has it. */
type Value = Partial<Record<Surface, Spelling>>;

const same = (
  names: Partial<Record<Surface, [write: string, read: string]>>,
  ...values: unknown[]
): Value[] =>
  values.map((value) =>
    Object.fromEntries(
      Object.entries(names).map(([surface, [write, read]]) => [
        surface,
        { write: { [write]: value }, read: [read, value] },
      ]),
    ),
  );

const country = (code: string, number: number, name: string): Value => ({
  typed: { write: { addressCountry: code }, read: ["addressCountry", code] },
  maiascore: { write: { addressCountry: code }, read: ["addressCountry", code] },
  flextell: { write: { country_id: number }, read: ["data.country_name", name] },
});

const birth = (date: string): Value => ({
  typed: { write: { dateOfBirth: date }, read: ["dateOfBirth", date] },
  maiascore: { write: { dateOfBirth: date }, read: ["dateOfBirth", date] },
  flextell: {
    write: { date_of_birth: `${date}T23:30:00-08:00` },
    read: ["data.date_of_birth", `${date}T00:00:00Z`],
  },
});

const demo = (isDemo: boolean): Value => ({
  typed: { write: { isDemo }, read: ["isDemo", isDemo] },
  explo: { write: { is_demo_group: isDemo }, read: ["customer.is_demo_group", isDemo] },
  stateset: { read: ["user_group.api_environment_tag", isDemo ? "Testing" : "Customer"] },
  statesetUser: { read: ["user_group.api_environment_tag", isDemo ? "Testing" : "Customer"] },
});

const meanings: [string, Value[]][] = [
  [
    "the email address",
    same(
      { typed: ["email", "email"], stateset: ["email", "email"], flextell: ["email", "data.email"] },
      "a@example.com",
      "B@example.com",
      null,
    ),
  ],
  [
    "the phone number",
    same(
      {
        typed: ["phone", "phone"],
        stateset: ["phone", "phone"],
        flextell: ["phone_number", "data.phone_number"],
      },
      "+14155552671",
      "+442079460018",
    ),
  ],
  [
    "the first name",
    same(
      {
        typed: ["firstName", "firstName"],
        stateset: ["firstName", "firstName"],
        flextell: ["first_name", "data.first_name"],
      },
      "Ada",
      "Zoë",
    ),
  ],
  [
    "the last name",
    same(
      {
        typed: ["lastName", "lastName"],
        stateset: ["lastName", "lastName"],
        flextell: ["last_name", "data.last_name"],
      },
      "Lovelace",
      "O’Neill",
    ),
  ],
  ["the date of birth", [birth("1815-12-10"), birth("2024-02-29")]],
  [
    "the gender",
    same(
      { typed: ["gender", "gender"], maiascore: ["gender", "gender"], flextell: ["gender", "data.gender"] },
      "female",
      "other",
      null,
    ),
  ],
  [
    "the country",
    [country("VN", 704, "Viet Nam"), country("BR", 76, "Brazil"), country("FR", 250, "France")],
  ],
  [
    "the name",
    same(
      {
        typed: ["name", "name"],
        explo: ["name", "customer.name"],
        statesetUser: ["name", "user_group.name"],
      },
      "Example 1",
      "Beispiel 2",
      null,
    ).map((value) => ({ ...value, stateset: { read: value.statesetUser?.read as [string, unknown] } })),
  ],
  ["whether it is a demo customer", [demo(true), demo(false)]],
];

describe.each(meanings)("%s", (_, values) => {
  const writers = (Object.keys(values[0] ?? {}) as Surface[]).filter(
    (surface) => values[0]?.[surface]?.write,
  );

  it.each(writers)("that is written by %s is shown on every other surface", async (writer) => {
    const customer = await world.make("customer");
    for (const value of values) {
      await update[writer](customer, value[writer]?.write ?? {});
      for (const [reader, { read }] of Object.entries(value) as [Surface, Spelling][]) {
        if (!read) continue;
        const [path, expected] = read;
        expect([reader, at(await update[reader](customer, {}), ...path.split("."))]).toEqual([
          reader,
          expected,
        ]);
      }
    }
  });
});

describe.each([
  ["properties", "customer.properties"],
  ["mapping", "customer.parent_schema_datasource_mapping"],
] as const)("the %s", (field, shown) => {
  const value = { "40": "213", "134": 386, deep: { list: [1, null, "1"] } };

  it.each(["typed", "explo", "statesetUser"] as const)(
    "that are written by %s are shown on every other surface",
    async (writer) => {
      const customer = await world.make("customer");
      await update[writer](customer, { [field]: value });
      expect((await world.now(customer))[field]).toEqual(value);
      expect(at(await update.explo(customer, {}), ...shown.split("."))).toEqual(value);
      if (field === "properties") {
        expect(at(await update.statesetUser(customer, {}), "user_group", field)).toEqual(value);
        expect(at(await update.stateset(customer, {}), "user_group", field)).toEqual(value);
      }
    },
  );

  it("are merged by the typed patch, and replaced by the documented APIs", async () => {
    const customer = await world.make("customer");
    await update.explo(customer, { [field]: { a: 1, b: { c: 2 } } });
    await update.typed(customer, { [field]: { b: { d: 3 }, a: null } });
    expect((await world.now(customer))[field]).toEqual({ b: { c: 2, d: 3 } });
    await update.statesetUser(customer, { [field]: { b: { e: 4 } } });
    expect((await world.now(customer))[field]).toEqual({ b: { e: 4 } });
  });
});

describe("a phone number", () => {
  const apis = [
    ["StateSet", update.stateset, "phone", "phone"],
    ["Flextell", update.flextell, "phone_number", "data.phone_number"],
  ] as const;

  it.each(apis)("of %s is returned as it was sent, beside its E.164 form", async (_, send, name, path) => {
    const customer = await world.make("customer");
    const shown = (reply: Awaited<ReturnType<typeof send>>) => at(reply, ...path.split("."));
    for (const written of ["+1 (415) 555-2671", "tel:+1-415-555-2671", "001 415 555 2671"]) {
      expect(shown(await send(customer, { [name]: written }))).toBe(written);
      const now = await world.now(customer);
      expect(now).toMatchObject({ phone: "+14155552671", phoneAsWritten: written });
      // Writing the value back, in either form, changes nothing.
      await send(customer, { [name]: written });
      await update.typed(customer, { phone: "+14155552671" });
      await update.typed(customer, { phone: "+1 415 555 2671" });
      await update.typed(customer, { phone: now.phone, phoneAsWritten: now.phoneAsWritten });
      expect((await world.now(customer)).version).toBe(now.version);
    }
    expect(shown(await send(customer, { [name]: "+14155552671" }))).toBe("+14155552671");
    expect(await world.now(customer)).toMatchObject({ phone: "+14155552671", phoneAsWritten: null });
    await send(customer, { [name]: "+1 415 555 2671" });
    await update.typed(customer, { phone: "+442079460018" });
    expect(shown(await send(customer, {}))).toBe("+442079460018");
    await send(customer, { [name]: "+1 415 555 2671" });
    await update.typed(customer, { phone: null });
    expect(shown(await send(customer, {}))).toBeNull();
    expect(await world.now(customer)).toMatchObject({ phone: null, phoneAsWritten: null });
  });

  it("of one API is shown by the others as it was sent", async () => {
    const customer = await world.make("customer");
    await update.flextell(customer, { phone_number: "+1 415 555 2671" });
    expect(at(await update.stateset(customer, {}), "phone")).toBe("+1 415 555 2671");
    const { version } = await world.now(customer);
    await update.stateset(customer, { phone: "+1 415 555 2671" });
    expect((await world.now(customer)).version).toBe(version);
  });
});

describe("a country name", () => {
  const shown = async (customer: CustomerJson) => {
    const { addressCountry, addressCountryAsWritten } = await world.now(customer);
    const maiascore = at(await update.maiascore(customer, {}), "addressCountry");
    const flextell = at(await update.flextell(customer, {}), "data", "country_name");
    return { addressCountry, addressCountryAsWritten, maiascore, flextell };
  };
  const none = { addressCountry: null, addressCountryAsWritten: null, maiascore: null, flextell: null };

  it.each([
    ["Estados Unidos", null, "Estados Unidos"],
    ["string", null, "string"],
    ["", null, ""],
    [" Brazil ", "BR", "Brazil"],
    ["Brazil", "BR", "Brazil"],
    ["BRA", "BR", "Brazil"],
    ["076", "BR", "Brazil"],
  ])("%j is returned as it was sent, beside its code", async (sent, code, name) => {
    const customer = await world.make("customer");
    expect(await update.maiascore(customer, { addressCountry: sent })).toMatchObject({
      addressCountry: sent,
    });
    const as = { addressCountry: code, addressCountryAsWritten: sent, maiascore: sent, flextell: name };
    expect(await shown(customer)).toEqual(as);
    const { version } = await world.now(customer);
    await update.typed(customer, { addressCountry: code === null ? undefined : code });
    await update.typed(customer, { addressCountry: code, addressCountryAsWritten: sent });
    await update.maiascore(customer, { addressCountry: sent });
    expect((await world.now(customer)).version).toBe(version);
  });

  it("is replaced by the country that another surface sets, and removed when the country is cleared", async () => {
    const customer = await world.make("customer", { addressCountry: "PT" });
    for (const words of ["Narnia", "Vietnam"]) {
      await update.maiascore(customer, { addressCountry: words });
      await update.typed(customer, { addressCountry: "BR" });
      const brazil = {
        addressCountry: "BR",
        addressCountryAsWritten: null,
        maiascore: "BR",
        flextell: "Brazil",
      };
      expect(await shown(customer)).toEqual(brazil);
      await update.maiascore(customer, { addressCountry: words });
      await update.flextell(customer, { country_id: 76 });
      expect(await shown(customer)).toEqual(brazil);
      for (const clear of [
        () => update.typed(customer, { addressCountry: null }),
        () => update.flextell(customer, { country_id: null }),
        () => update.maiascore(customer, { addressCountry: null }),
      ]) {
        await update.maiascore(customer, { addressCountry: words });
        await clear();
        expect(await shown(customer)).toEqual(none);
      }
    }
  });

  it("is kept when another surface sets the same country", async () => {
    const customer = await world.make("customer");
    await update.maiascore(customer, { addressCountry: "Viet Nam" });
    const before = await world.now(customer);
    const { addressCountry } = before;
    if (addressCountry !== null) await update.typed(customer, { addressCountry });
    expect(await world.now(customer)).toEqual(before);
  });

  it("can be set by typed calls, too, and must not contradict the code beside it", async () => {
    const customer = await world.make("customer");
    await update.typed(customer, { addressCountryAsWritten: "Deutschland, West" });
    expect(await shown(customer)).toMatchObject({ addressCountry: null, maiascore: "Deutschland, West" });
    await update.typed(customer, { addressCountryAsWritten: "Germany" });
    expect(await shown(customer)).toMatchObject({ addressCountry: "DE", maiascore: "Germany" });
    const { error } = await world.rpc("customer.update", {
      where: { id: customer.id },
      patch: { addressCountry: "BR", addressCountryAsWritten: "Germany" },
    });
    expect(error.faults).toMatchObject([{ pointer: "/patch/addressCountryAsWritten", code: "ambiguous" }]);
    await update.typed(customer, { addressCountryAsWritten: null });
    expect(await shown(customer)).toMatchObject({ addressCountry: "DE", maiascore: "DE" });
  });

  it("is restored by a revert to a version that had it", async () => {
    const customer = await world.make("customer");
    await update.maiascore(customer, { addressCountry: "Narnia" });
    await update.typed(customer, { addressCountry: "BR" });
    await world.rpc("customer.revert", { where: { id: customer.id }, to: 2 });
    expect(await shown(customer)).toMatchObject({ addressCountry: null, maiascore: "Narnia" });
  });
});

describe("a key", () => {
  it("that is changed through one API changes for the others", async () => {
    const customer = await world.make("customer");
    const [providedId, referenceId] = [`moved-${next()}`, `moved-${next()}`];
    await update.explo(customer, { new_provided_id: providedId });
    await update.maiascore(customer, { referenceId });
    const moved = await world.now(customer);
    expect(moved).toMatchObject({ providedId, referenceId });
    expect(
      await ok("PUT", `/v1/customers/${providedId}`, { Authorization: `Token ${world.token}` }, {}),
    ).toMatchObject({ id: providedId, user_group: { token: customer.token } });
    expect(
      await ok("PUT", `/customers/${referenceId}`, { Authorization: `Bearer ${world.token}` }, {}),
    ).toMatchObject({ id: referenceId, published_at: customer.createdAt });
  });

  it("that a customer of another tenant has is free here", async () => {
    const providedId = `shared-${next()}`;
    const theirs = await world.make("customer", { providedId }, world.neighbour.rpc);
    const ours = await world.make("customer");
    await update.explo(ours, { new_provided_id: providedId });
    const authorization = { "Explo-Authorization": `Token ${world.neighbour.token}` };
    const reply = await ok("POST", "/api/update_customer/", authorization, {
      provided_id: providedId,
      name: "Theirs",
    });
    expect(reply["customer"]).toMatchObject({ token: theirs.token, name: "Theirs" });
    expect((await world.now(ours)).name).toBeNull();
  });
});

describe("the history", () => {
  it("names the surface and the author of each change, in order", async () => {
    const customer = await world.make("customer");
    await update.typed(customer, { firstName: "Ada" });
    await update.stateset(customer, { firstName: "Augusta" });
    await update.explo(customer, { name: "Example" });
    await update.maiascore(customer, { gender: "female" });
    await update.flextell(customer, { job: "Analyst" });
    await update.statesetUser(customer, { mapping: { "1": "2" } });
    const log = await world.log(customer);
    expect(
      log.map(({ version, source, changes }) => [version, source, changes.map(({ path }) => path)]),
    ).toEqual([
      [7, "stateset", ["/mapping"]],
      [6, "flextell", ["/job"]],
      [5, "maiascore", ["/gender"]],
      [4, "explo", ["/name"]],
      [3, "stateset", ["/firstName"]],
      [2, "trpc", ["/firstName"]],
      [1, "trpc", expect.anything()],
    ]);
  });

  it("has every change of many concurrent writers, each in its own version", async () => {
    const customer = await world.make("customer");
    const writes = Array.from({ length: 40 }, (_, i): Promise<unknown> => {
      const n = String(i);
      return [
        () => update.typed(customer, { properties: { [n]: i } }),
        () => update.stateset(customer, { firstName: n }),
        () => update.explo(customer, { emails: [`${n}@example.com`] }),
        () => update.maiascore(customer, { addressCity: n }),
        () => update.flextell(customer, { job: n }),
      ][i % 5]?.() as Promise<unknown>;
    });
    await Promise.all(writes);
    const now = await world.now(customer);
    expect(now.version).toBe(41);
    expect(Object.keys(now.properties ?? {}).length).toBe(8);
    expect(now.emails.length).toBe(8);
    const log = await world.log(customer);
    expect(log.map(({ version }) => version)).toEqual(Array.from({ length: 41 }, (_, i) => 41 - i));
  });
});
