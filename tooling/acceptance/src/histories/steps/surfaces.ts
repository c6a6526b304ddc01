import { importRecords } from "@roster/client/import";
import { createClient } from "@roster/client";
import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import { someValues } from "../values.ts";
import { newValues } from "./updates.ts";

/** The same commands through the other surfaces: REST, SCIM, the documented formats, and files. */

const paths = { customer: "/api/customers", user: "/api/users" };
const mergePatch = { "content-type": "application/merge-patch+json" };

export async function rest(history: History): Promise<void> {
  const { random, model } = history;
  const type = random.pick(["customer", "user"] as const);
  const known = history.some(type);
  if (!known || random.chance(0.2)) {
    await history.request("POST", paths[type], newValues(history, type));
    return;
  }
  const path = `${paths[type]}/${known.id}`;
  const ifMatch: Record<string, string> = random.chance(0.3)
    ? { "if-match": `"${model.current(known.id).version}"` }
    : {};
  if (random.chance(0.15)) await history.request("DELETE", path, undefined, ifMatch);
  else {
    const patch = someValues(type, random, history.names(), { most: 3 });
    await history.request("PATCH", path, patch, { ...mergePatch, ...ifMatch });
  }
}

const core = "urn:ietf:params:scim:schemas:core:2.0:User";

export async function scimUser(history: History): Promise<void> {
  const { random, mark } = history;
  const known = history.some("user");
  const { chance, pick } = random;
  const resource: JsonObject = {
    schemas: [core],
    userName: pick(["u0", "u1", "u2", "u3", "s0", "s1", "S1"]),
    ...(chance(0.5) && { externalId: pick(["x0", "x1"]) }),
    ...(chance(0.5) && {
      name: { givenName: pick(["Ann", "Bo"]), familyName: mark(), honorificPrefix: mark() },
    }),
    ...(chance(0.5) && { displayName: mark() }),
    ...(chance(0.5) && {
      emails: [
        {
          value: pick(["a@x.example", "s@x.example", "no address"]),
          type: "work",
          ...(chance(0.5) && { primary: true }),
        },
        { value: "t@x.example", type: "home" },
      ],
    }),
    ...(chance(0.4) && {
      phoneNumbers: [{ value: pick(["+442079460182", "none", "555-0100 x7"]), type: "work" }],
    }),
    ...(chance(0.3) && { roles: [{ value: mark() }] }),
    ...(chance(0.5) && { active: chance(0.8) }),
  };
  if (!known || chance(0.2)) await history.scim("POST", "/Users", resource);
  else if (chance(0.1)) await history.scim("DELETE", `/Users/${known.id}`);
  else if (chance(0.4)) await history.scim("PUT", `/Users/${known.id}`, resource);
  else {
    const operations = [
      { op: "replace", path: "active", value: chance(0.5) },
      { op: "add", path: "emails", value: [{ value: "p@x.example", type: "work" }] },
      { op: "replace", path: 'emails[type eq "work"].value', value: "q@x.example" },
      { op: "remove", path: "name.familyName" },
      { op: "replace", value: { title: mark(), nickName: mark() } },
    ];
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    await history.scim("PATCH", `/Users/${known.id}`, {
      schemas,
      Operations: [pick(operations), pick(operations)],
    });
  }
}

/** A customer or a user, with its customer, by one of the documented formats. */
export async function format(history: History): Promise<void> {
  const { random, model, mark, door } = history;
  const { token } = door.server;
  const [customer, user] = [history.some("customer"), history.some("user")];
  const named = model.live("customer").filter(({ id }) => model.current(id)["providedId"] !== null);
  if (!customer || !user || named.length === 0) return;
  const { number } = model.current(customer.id);
  const email = random.pick(["a@x.example", "f@x.example"]);
  const country = random.pick(["Germany", "Allemagne", "the moon", "UK"]);
  const stateset = { authorization: `Token ${token}` };
  const explo = { authorization: "", "explo-authorization": `Token ${token}` };
  const ofCustomer = random.chance(0.5) ? { name: mark(), properties: { plan: "max" } } : {};
  const [method, path, body, headers] = random.pick<
    [method: string, path: string, body: object, headers?: Record<string, string>]
  >([
    ["PUT", `/v1/customers/${customer.id}`, { firstName: mark(), email }, stateset],
    ["PUT", `/v1/users/${user.id}`, { firstName: mark(), email, country, ...ofCustomer }, stateset],
    ["PUT", `/customers/${customer.id}`, { uuid: mark(), addressCity: "Lyon", addressCountry: country }],
    ["PUT", `/api/v1/customers/${number as number}`, { first_name: mark() }],
    [
      "POST",
      "/api/update_customer/",
      {
        provided_id: model.current(random.pick(named).id)["providedId"],
        name: mark(),
        emails: [email],
        group_tags: ["vip"],
      },
      explo,
    ],
  ]);
  await history.request(method, path, body, headers);
}

/** Imports a small file, each row under its own id, and notes the change set. */
export async function importFile(history: History): Promise<void> {
  const { random, mark, door } = history;
  const { url, token } = door.server;
  const rows = Array.from({ length: 1 + random.below(4) }, () =>
    JSON.stringify({
      providedId: `p${random.below(10)}`,
      name: mark(),
      ...(random.chance(0.5) && { email: random.pick(["a@x.example", "i@x.example", "wrong"]) }),
    }),
  );
  const text = `${[...new Map(rows.map((row) => [JSON.parse(row).providedId as string, row])).values()].join("\n")}\n`;
  await history.outside(`import ${text}`, async () => {
    const client = createClient({ url, token });
    const result = await importRecords(client, text, {
      type: "customer",
      key: "providedId",
      name: `file ${history.model.seq}`,
      format: "jsonl",
    });
    if (result.changeSet) history.sets.push(result.changeSet);
  });
}
