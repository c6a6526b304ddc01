import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { createClient, rosterError, type RosterClient } from "@roster/client";
import * as domain from "@roster/domain";
import {
  customerFields,
  customerRules,
  decideRevert,
  decideUpdate,
  decideUpsert,
  createCustomer,
  parseRevert,
  parseUpdate,
  RosterError,
  standaloneContext,
  storedCustomer,
  storedUser,
  userFields,
  userRules,
  type LoggedChange,
  type Customer,
  type CustomerContext,
  type ErrorBody,
  type StoredCustomer,
  withLog,
} from "@roster/domain";
import * as formats from "@roster/domain/formats";
import * as propertiesSchema from "@roster/domain/properties-schema";
import { transform } from "esbuild";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { useServer } from "../use-server.ts";

/** Programs that use the domain package alone, compared with the server. */

const { server } = useServer();
let client: RosterClient;
beforeAll(async () => {
  client = createClient({ url: server.url, token: server.token });
  for (const name of ["red", "blue"]) await client.groupTag.create.mutate({ name });
  await client.hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Site"] });
});

const at = (entry: { at: Date }) => ({ ...entry, at: entry.at.toISOString() });
const logOf = async (id: string) => {
  const { items } = await client.customer.history.query({ where: { id }, limit: 200 });
  return items.map((entry) => at(entry) as unknown as LoggedChange).toReversed();
};

describe("the README of the domain package", () => {
  const readme = readFileSync(new URL("../../../../packages/domain/README.md", import.meta.url), "utf8");
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, source = ""]) => source);

  /** Runs all its examples in one module. @returns what each line printed */
  async function run(): Promise<unknown[][]> {
    const source = examples.join("\n");
    const body = source.replaceAll(/^import [\s\S]*?;$/gm, "");
    const { code } = await transform(`async () => {${body}}`, { loader: "ts" });
    const printed: unknown[][] = [];
    const names = {
      ...domain,
      ...formats,
      ...propertiesSchema,
      createClient: () => client,
      process: { env: {} },
      console: { log: (...line: unknown[]) => printed.push(line) },
    };
    const program = runInThisContext(`({ ${Object.keys(names).join(", ")} }) => ${code}`) as (
      given: object,
    ) => () => Promise<void>;
    await program(names)();
    return printed;
  }

  it("decides as the server does, and its examples import existing names", async () => {
    const imported = examples.join("\n").matchAll(/^import \{([^}]*)\} from "@roster\/domain[^"]*";$/gm);
    for (const name of [...imported].flatMap(([, list = ""]) => list.split(","))) {
      if (name.trim()) expect({ ...domain, ...formats, ...propertiesSchema }).toHaveProperty(name.trim());
    }
    await client.customer.create.mutate({ providedId: "acme", properties: { plan: "free", trial: 1 } });
    const where = { providedId: "acme" };
    await client.customer.update.mutate({ where, patch: { properties: { plan: "gold" } } });
    const [decided, asWritten, faults, back] = await run();
    const patch = { email: "a@acme.example", properties: { plan: "pro", trial: null } };
    const answer = await client.customer.update.mutate({ where, patch, expectedVersion: 2 });
    const { version, updatedAt, updatedBy, ...stored } = storedCustomer(answer.customer);
    expect(decided).toEqual([
      { ...stored, version, updatedAt: expect.any(String) as string, updatedBy: "me" },
      answer.changes,
      true,
    ]);
    expect(updatedAt < answer.customer.updatedAt.toISOString()).toBe(false);
    expect(updatedBy).toMatch(/^token:/);
    const readable = { record: { phone: "+442079460182", addressCountry: "VN" } };
    expect(asWritten).toMatchObject([readable, "Viet Nam"]);
    expect(faults).toMatchObject([[{ pointer: "/plan" }, { pointer: "/seats" }]]);
    expect(back).toMatchObject([{ changes: [{ path: "/properties/plan", from: "gold", to: "free" }] }]);
  });
});

describe("a record of the client", () => {
  it("converts to a record of the store, whole and typed", async () => {
    const customer: Customer = await client.customer.create.mutate({
      name: "Ada",
      activationDate: new Date(5),
      emails: ["a@x.example"],
      hierarchyLevel: "Group",
    });
    const stored: StoredCustomer = storedCustomer(customer);
    expect(stored).toMatchObject({ activationDate: "1970-01-01T00:00:00.005Z", timestamp: null });
    expect(Object.keys(stored)).not.toContain("computedProperties");
    expect(domain.customerWire.decode(domain.customerView(stored, []))).toEqual(customer);
    const user = await client.user.create.mutate({ username: "ada", lastSeen: new Date(7) });
    expect(domain.userWire.decode(storedUser(user))).toEqual(user);
    expect(storedUser(storedUser(user))).toEqual(storedUser(user));
    const outcome = decideUpdate(
      userRules,
      storedUser(user),
      parseUpdate(userFields, { where: { username: "ada" }, patch: { bio: "x", customer: customer.id } }),
      standaloneContext(new Date(), "me"),
    );
    expect(outcome).toMatchObject({ applied: true, record: { bio: "x", customer: customer.id } });
  });

  it("can get a parent without a store, which cannot check its place in the hierarchy", () => {
    const context = standaloneContext(new Date(), "me");
    const made = createCustomer({ id: "a", number: 1, token: "t" }, { edits: [], faults: [] }, context);
    if (made instanceof RosterError) throw made;
    const update = parseUpdate(customerFields, {
      where: { number: 1 },
      patch: { parent: "00000000-0000-7000-8000-000000000000", hierarchyLevel: "any" },
    });
    expect(decideUpdate(customerRules, made.next, update, context)).toMatchObject({ applied: true });
  });
});

/** Requests, many of them valid, and the others wrong in any way or in several at once. */
const often = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
const rarely = <T>(...values: T[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, fc.constantFrom(...values));
const some = <T>(...values: T[]) => fc.subarray(values);
const json = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc.constantFrom(1, "x", null, [1], { d: 1 }, { d: null }),
  {
    noNullPrototype: true,
  },
);
const requests = fc.record({
  kind: fc.constantFrom("update", "update", "update", "revert", "upsert"),
  where: fc.constantFrom("id", "number", "providedId", "id", "number", "other", "nothing"),
  patch: fc.record(
    {
      name: often("Ada", "Grace", null),
      email: often("ada@x.example", "grace@x.example", "nobody", null),
      providedId: rarely("taken", "one", "two"),
      phone: rarely("+14155552671", "+442079460182", "call me"),
      addressCountry: rarely("NL", "VN", "nowhere"),
      gender: rarely("male", "other", "none"),
      isDemo: rarely(true, false, null as unknown as boolean),
      dateOfBirth: rarely("2000-02-29", "2001-02-29"),
      timestamp: rarely("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "today"),
      userId: rarely(404),
      hierarchyLevel: rarely("Group", "Site", "none", null),
      properties: fc.option(json, { nil: undefined }),
      colour: rarely("blue"),
    },
    { requiredKeys: [] },
  ),
  replace: fc.record({ mapping: fc.option(json, { nil: undefined }) }),
  add: fc.record({
    emails: some("a@x.example", "B@x.example", "b@x.example"),
    groupTags: some("red", "none"),
  }),
  remove: fc.record({ groupTags: some("blue", "green") }),
  behind: fc.constantFrom(undefined, undefined, 0, 1, 2, -1),
  onConflict: often("reject", "rebase"),
  dryRun: rarely(true),
  to: fc.nat({ max: 40 }),
  field: fc.constantFrom(
    undefined,
    "name",
    "/properties/a",
    "/properties/c/d",
    "/emails/0",
    "/name/x",
    "/version",
  ),
});

describe("any request", () => {
  it("is decided alike by an embedding program and by the server, faults and conflicts included", async () => {
    await client.customer.create.mutate({ providedId: "taken" });
    const { id } = await client.customer.create.mutate({ providedId: "one", groupTags: ["blue"] });
    const codes = new Set<string>();
    const sample = fc.sample(requests, { numRuns: 150, seed: 7 });
    // A request whose only fault is a taken value, which does not occur by chance.
    const taken = {
      kind: "update",
      where: "id",
      patch: { providedId: "taken" },
      to: 1,
    } as (typeof sample)[0];
    for (const request of [taken, ...sample]) {
      const [current, log] = await Promise.all([client.customer.get.query({ where: { id } }), logOf(id)]);
      const stored = storedCustomer(current);
      const context: CustomerContext = {
        ...standaloneContext(new Date(), "me"),
        resolve: (reference, named) =>
          (reference === "groupTag" && ["red", "blue"].includes(String(named))) ||
          (reference === "hierarchyLevel" && ["Group", "Site"].includes(String(named)))
            ? named
            : undefined,
        taken: (field, value) => field === "providedId" && value === "taken",
        levels: () => ["Group", "Site"],
        ...withLog(log),
      };
      const { kind, patch, replace, add, remove, behind, onConflict, dryRun, to, field } = request;
      const where = {
        id: { id },
        number: { number: current.number },
        providedId: { providedId: current.providedId },
        other: { providedId: "nobody" },
        nothing: {},
      }[kind === "upsert" ? "providedId" : request.where];
      const expectedVersion = behind === undefined ? undefined : Math.max(1, current.version - behind);
      const options = { where, expectedVersion, onConflict, dryRun };
      const input =
        kind === "revert"
          ? { ...options, to: Math.max(to, 1), field }
          : { ...options, patch, replace, add, remove };

      const named = request.where === "other" && kind !== "upsert" ? undefined : stored;
      const decided =
        kind === "revert"
          ? decideRevert(customerRules, named, parseRevert(customerFields, input), context)
          : kind === "upsert"
            ? decideUpsert(
                customerRules,
                named,
                parseUpdate(customerFields, input),
                () => {
                  throw new Error("not new");
                },
                context,
              )
            : decideUpdate(customerRules, named, parseUpdate(customerFields, input), context);
      const calls = client.customer as unknown as Record<
        string,
        { mutate(input: object): Promise<{ customer: Customer; changes: object[]; applied: boolean }> }
      >;
      const answered = await calls[kind]?.mutate(input).catch((error: unknown) => {
        const body = rosterError(error);
        if (!body) throw error;
        return body;
      });
      const what = JSON.stringify(input);
      if (decided instanceof RosterError) {
        expect(answered, what).toEqual(JSON.parse(JSON.stringify(decided.toBody())));
        codes.add((answered as ErrorBody).code);
        continue;
      }
      const { customer, changes, applied } = answered as {
        customer: Customer;
        changes: object[];
        applied: boolean;
      };
      const stamps = { updatedAt: expect.any(String) as string, updatedBy: expect.any(String) as string };
      expect({ ...storedCustomer(customer), ...stamps }, what).toEqual({ ...decided.record, ...stamps });
      expect([changes, applied], what).toEqual([decided.changes, decided.applied]);
      codes.add(applied ? "applied" : "not applied");
    }
    expect([...codes].toSorted()).toEqual(
      ["CONFLICT", "INVALID", "NOT_FOUND", "STALE_VERSION", "applied", "not applied"].toSorted(),
    );
  });
});
