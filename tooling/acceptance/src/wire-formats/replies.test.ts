import { isJsonObject, type CustomerJson, type JsonObject, type UserJson } from "@roster/domain";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at } from "./documented-api.ts";
import { send } from "./raw-request.ts";
import { useWorld, type Records } from "./world.ts";

/** A reply that is sent back changes nothing, for every API and any record. */

const world = useWorld();

const text = fc
  .oneof(fc.string({ unit: "grapheme", maxLength: 30 }), fc.constantFrom("string", "", " a ", "ß\r\n"))
  .filter((one) => !one.includes("\0"));
const date = fc
  .date({ min: new Date("1900-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
  .map((one) => one.toISOString().slice(0, 10));
const instant = date.chain((day) => fc.constantFrom(day, `${day}T23:30:00-08:00`, `${day}T09:30:00.123456Z`));
const phone = fc.constantFrom("+14155552671", "+44 20 7946 0018", "+1 (415) 555-2671");
const email = fc.constantFrom("ada@example.com", "Ada.Lovelace@Example.com");
const country = fc.oneof(
  text,
  fc.constantFrom("BR", "br", "Brasil", "Brazil", "076", "Viet Nam", "Atlantis"),
);
const gender = fc.constantFrom("male", "female", "other");
const object = fc.dictionary(
  fc.constantFrom("plan", "40", "a/b"),
  fc.jsonValue({ maxDepth: 2 }).filter(isKept),
  {
    maxKeys: 3,
  },
);

/** `-0` is 0 in JSON. */
function isKept(value: unknown): boolean {
  const written = JSON.stringify(value);
  return !written.includes("\\u0000") && !written.includes("__proto__") && !/\\ud[89a-f]/.test(written);
}

const orNull = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 4 });
const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;

interface Api<T extends keyof Records> {
  record: T;
  method: string;
  path(record: Records[T]): string;
  authorization(token: string): Record<string, string>;
  /** The members of every request. */
  naming?(record: Records[T]): JsonObject;
  /** Accepted values, by their documented names. */
  fields: Record<string, fc.Arbitrary<unknown>>;
  /** The object of the reply that shows the record. */
  recordIn?: string;
  /** The members of the reply that a client sends under another name. */
  renamed?(shown: JsonObject): JsonObject;
}

const token = (secret: string) => ({ Authorization: `Token ${secret}` });
const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

const apis: [string, Api<"customer"> | Api<"user">][] = [
  [
    "StateSet, Update Customer",
    {
      record: "customer",
      method: "PUT",
      path: ({ providedId }: CustomerJson) => `/v1/customers/${providedId}`,
      authorization: token,
      fields: {
        email: orNull(email),
        firstName: orNull(text),
        lastName: orNull(text),
        phone: orNull(phone),
        stripe_customer_id: orNull(text),
        timestamp: orNull(instant),
        activationDate: orNull(instant),
        sso_id: orNull(text),
      },
    },
  ],
  [
    "Explo",
    {
      record: "customer",
      method: "POST",
      path: () => "/api/update_customer/",
      authorization: (secret) => ({ "Explo-Authorization": `Token ${secret}` }),
      naming: ({ providedId }: CustomerJson) => ({ provided_id: providedId }),
      fields: {
        name: orNull(text),
        mapping: orNull(object),
        is_demo_group: fc.boolean(),
        properties: orNull(object),
        emails: fc.subarray(["a@example.com", "B@example.com"]),
        group_tags: fc.subarray(["engineers", "sales"]),
        hierarchy_level_name: orNull(fc.constantFrom("Level 1", "Level 2")),
      },
      recordIn: "customer",
      renamed: ({ parent_schema_datasource_mapping: mapping, hierarchy_level }) => ({
        mapping: mapping ?? null,
        hierarchy_level_name: hierarchy_level ?? null,
      }),
    },
  ],
  [
    "StateSet, Update User",
    {
      record: "user",
      method: "PUT",
      path: ({ username }: UserJson) => `/v1/users/${username}`,
      authorization: token,
      fields: {
        active: fc.boolean(),
        avatar: orNull(text),
        bio: orNull(text),
        birthday: orNull(instant),
        country: orNull(country),
        email: orNull(email),
        firstName: orNull(text),
        lastName: orNull(text),
        last_seen: orNull(instant),
        last_typed: orNull(instant),
        location: orNull(text),
        organization: orNull(text),
        phone: orNull(phone),
        regions: orNull(text),
        title: orNull(text),
        twitter: orNull(text),
        user_group_id: orNull(fc.constant("example_1")),
      },
    },
  ],
  [
    "Maiascore",
    {
      record: "customer",
      method: "PUT",
      path: ({ referenceId }: CustomerJson) => `/customers/${referenceId}`,
      authorization: bearer,
      fields: {
        uuid: orNull(text),
        dateOfBirth: orNull(date),
        addressStreet: orNull(text),
        addressNeighborhood: orNull(text),
        addressCity: orNull(text),
        addressState: orNull(text),
        addressCountry: orNull(country),
        gender: orNull(gender),
        maritalStatus: orNull(fc.constantFrom("single", "married")),
      },
    },
  ],
  [
    "Flextell",
    {
      record: "customer",
      method: "PUT",
      path: ({ number }: CustomerJson) => `/api/v1/customers/${number}`,
      authorization: bearer,
      fields: {
        first_name: text,
        last_name: text,
        phone_number: phone,
        email: orNull(email),
        date_of_birth: orNull(instant),
        gender: orNull(gender),
        country_id: orNull(fc.constantFrom(704, 76)),
        identity_number: orNull(text),
        job: orNull(text),
        address: orNull(text),
        default_channel_id: orNull(fc.constantFrom(1, 2)),
        user_id: orNull(fc.constantFrom(1, 2)),
      },
      recordIn: "data",
      renamed: ({ related_user }) => ({
        user_id: isJsonObject(related_user) ? (related_user["id"] ?? null) : null,
      }),
    },
  ],
];

describe.each(apis)("a reply of %s", (_, given) => {
  const api = given as Api<keyof Records>;
  const put = async (record: Records[keyof Records], body: JsonObject): Promise<JsonObject> => {
    const {
      status,
      json,
      text: answer,
    } = await send(world.server.url, {
      method: api.method,
      path: api.path(record),
      headers: { "Content-Type": "application/json", ...api.authorization(world.token) },
      body: JSON.stringify({ ...api.naming?.(record), ...body }),
    });
    if (status !== 200) throw new Error(`${status} ${answer} to ${JSON.stringify(body)}`);
    return json;
  };
  const shownIn = (reply: JsonObject): JsonObject =>
    api.recordIn === undefined ? reply : (at(reply, api.recordIn) as JsonObject);
  const requestFields = (shown: JsonObject): JsonObject => ({
    ...Object.fromEntries(Object.entries(shown).filter(([name]) => Object.hasOwn(api.fields, name))),
    ...api.renamed?.(shown),
  });

  it("changes nothing when it is sent back, whole or only the fields of the request", async () => {
    await fc.assert(
      fc.asyncProperty(some(api.fields), async (fields) => {
        const record = await world.make(api.record);
        const reply = await put(record, fields);
        const before = await world.now(record);
        for (const back of [requestFields(shownIn(reply)), shownIn(reply)]) {
          expect(await put(record, back)).toEqual(reply);
          expect(await world.now(record)).toEqual(before);
        }
      }),
      { numRuns: 25, examples: [[{}]] },
    );
  });

  it("cannot be sent back with another value in a field of its own", async () => {
    const record = await world.make(api.record);
    const shown = shownIn(await put(record, {}));
    const own = Object.keys(shown).filter(
      (name) => !Object.hasOwn(api.fields, name) && !["id", "provided_id"].includes(name),
    );
    const { status, json } = await send(world.server.url, {
      method: api.method,
      path: api.path(record),
      headers: { "Content-Type": "application/json", ...api.authorization(world.token) },
      body: JSON.stringify({ ...api.naming?.(record), ...Object.fromEntries(own.map((name) => [name, 7])) }),
    });
    expect(status).toBe(422);
    const faults = (json["errors"] as JsonObject[]).map(({ pointer, code }) => [pointer, code]);
    expect(faults).toEqual(
      expect.arrayContaining(
        own
          .filter((name) => !["username", "referenceId"].includes(name))
          .map((name) => [`/${name}`, "read_only"]),
      ),
    );
    expect(await world.now(record)).toEqual(record);
  });

  it("keeps the other fields of the request", async () => {
    const record = await world.make(api.record);
    const [name, values] = Object.entries(api.fields).at(-1) as [string, fc.Arbitrary<unknown>];
    const [sent] = fc.sample(
      values.filter((one) => one !== null),
      { numRuns: 1, seed: 1 },
    );
    const reply = await put(record, {});
    await put(record, { ...shownIn(reply), [name]: sent } as JsonObject);
    expect((await world.now(record)).version).toBe(2);
  });
});
