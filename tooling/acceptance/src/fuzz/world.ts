import { recordTypes, type JsonObject, type RecordType } from "@roster/domain";
import * as fc from "fast-check";
import { rpcOf, type Rpc } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { Inputs } from "./inputs.ts";
import { knownOf, nouns, type Known } from "./known.ts";
import { Plausible } from "./plausible.ts";
import { proceduresOf, type Procedure } from "./procedures.ts";
import { examplesOf, operationsOf, type Operation } from "./routes.ts";
import { members, textOf } from "./tree.ts";

/** The owners of the tokens in requests. */
export const tokens = ["admin", "reader", "users", "neighbour", "strict"] as const;

/**
 * The data that requests are made from and refer to. A request names a part of it as `@@name@@`, so that the
 * same seed makes the same requests although ids differ each time.
 */
export interface World {
  names: ReadonlyMap<string, string>;
  /** The first tenant's admin. */
  rpc: Rpc;
  operations: readonly Operation[];
  procedures: readonly Procedure[];
  known: Known;
  plausible: Plausible;
  inputs: Inputs;
}

/** The names of records that are deleted, erased, or merged into others. */
export const gone = ["@@deleted@@", "@@erased@@", "@@merged@@"];

/** Starts a server on which every request is meaningful: webhooks lead to this machine, where no receiver listens. */
export const startFuzzedServer = (env: Record<string, string> = {}): Promise<Server> =>
  startServer({
    ROSTER_SECRET: "of the fuzzed server, 32 characters",
    WEBHOOK_ALLOW: "127.0.0.1",
    WEBHOOK_RETRY_SECONDS: "3600",
    ...env,
  });

const levels = ["Group", "Company", "Site"];
const tags = ["gold", "silver", "x ' \" y"];
const providedIds = ["group", "group-de", "group-de-berlin", "other", "ünïcode 😀"];
const usernames = ["ada", "joan", "linus"];

/** Fills an empty server: three tenants, each with records in every state, and one without any. */
export async function makeWorld(server: Server): Promise<World> {
  const names = new Map<string, string>();
  const rpc = rpcOf(server.url, server.token);
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as JsonObject;
  const operations = operationsOf(document);

  const answer = async (as: Rpc, path: string, input: object): Promise<JsonObject> => {
    const { data, error } = await as(path, input);
    if (error) throw new Error(`${path}: ${error.message} ${JSON.stringify(error.faults ?? [])}`);
    return data as JsonObject;
  };
  const tenant = async (name: string): Promise<Rpc> => {
    const token = (await answer(rpc, "tenant.create", { name }))["token"] as string;
    names.set(name, token);
    return rpcOf(server.url, token);
  };
  names.set("admin", server.token);
  for (const [name, scopes] of [
    ["reader", ["customers:read", "users:read"]],
    ["users", ["users:read", "users:write"]],
  ] as const) {
    names.set(name, (await answer(rpc, "token.create", { scopes }))["token"] as string);
  }
  const neighbour = await tenant("neighbour");
  const strict = await tenant("strict");
  // No request uses this tenant's token.
  await tenant("innocent");
  await populate(strict);
  await answer(strict, "tenant.update", { patch: { requireVersions: true, defaultCountry: "DE" } });
  await answer(strict, "tenant.setPropertiesSchema", {
    schema: { type: "object", properties: { plan: { enum: ["free", "pro"] } }, maxProperties: 20 },
  });
  await populate(neighbour);
  const dead = await populate(rpc);
  await shownRecords();

  const records = Object.fromEntries(
    await Promise.all(nouns.map(async ([noun]) => [noun, await listed(noun)] as const)),
  );
  for (const [noun, all] of Object.entries(records))
    all.forEach(({ id }, i) => names.set(`${noun}${i}`, id as string));
  for (const [name, id] of Object.entries(dead)) names.set(name, id);
  const page = await answer(rpc, "customer.list", { limit: 2 });
  names.set("cursor", page["nextCursor"] as string);

  names.set("openSet", (await answer(rpc, "changeSet.open", {}))["id"] as string);
  const items = [{ where: { providedId: "other" }, patch: { job: "of a change set" } }];
  names.set("bulkSet", (await answer(rpc, "customer.updateMany", { items }))["changeSet"] as string);

  const written = new Map([...names].map(([name, value]) => [value, `@@${name}@@`]));
  const named = JSON.parse(JSON.stringify(records), (_key, value: unknown) =>
    typeof value === "string" ? (written.get(value) ?? value) : value,
  ) as Record<string, JsonObject[]>;
  const known = knownOf(named, [...examplesOf(operations), { cursor: "@@cursor@@" }]);
  const plausible = new Plausible(document, known);
  const parameters = operations.flatMap((operation) => operation.parameters);
  const inputs = new Inputs(
    plausible,
    known,
    parameters.filter((parameter) => parameter.in === "query"),
  );
  const procedures = await proceduresOf(rpc, inputs.words);
  await givePast();
  return { names, rpc, operations, procedures, known, plausible, inputs };

  /** @returns the ids of records that are gone, by what became of them */
  async function populate(as: Rpc): Promise<Record<"deleted" | "erased" | "merged", string>> {
    await answer(as, "hierarchyLevel.replaceAll", { levels });
    for (const name of tags) await answer(as, "groupTag.create", { name });
    for (const name of ["web", "shop"]) await answer(as, "channel.create", { name });
    for (const name of ["Production", "Test"]) await answer(as, "accessGroup.create", { name });
    for (const path of ["", "spare"])
      await answer(as, "webhook.create", {
        url: `http://127.0.0.1:1/${path}`,
        events: ["*"],
        enabled: false,
      });
    const customer = async (fields: object) => (await answer(as, "customer.create", fields))["id"] as string;
    for (const [i, providedId] of providedIds.entries()) {
      await customer({
        providedId,
        referenceId: `reference-${i}`,
        name: `Customer ${i}`,
        emails: [`c${i}@x.example`],
        groupTags: tags.slice(0, i % 3),
        ...(i < 3 && { hierarchyLevel: levels[i], parent: i === 0 ? null : providedIds[i - 1] }),
        properties: { plan: "free" },
      });
    }
    for (const [i, username] of usernames.entries())
      await answer(as, "user.create", {
        username,
        customer: providedIds[i],
        email: `${username}@x.example`,
      });
    const deleted = await customer({ providedId: "deleted" });
    await answer(as, "customer.delete", { where: { id: deleted } });
    const erased = await customer({ providedId: "erased", name: "Erased" });
    await answer(as, "customer.erase", { where: { id: erased } });
    const merged = await customer({ providedId: "duplicate", properties: { seats: 1 } });
    await answer(as, "customer.merge", { where: { id: merged }, into: { providedId: "other" } });
    return { deleted, erased, merged };
  }

  /** Creates the records that the document's examples refer to. */
  async function shownRecords(): Promise<void> {
    for (const { method, path, examples, answers } of operations) {
      if (!answers.has(201)) continue;
      const response = await fetch(server.url + path, {
        method,
        headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
        body: JSON.stringify(examples[0]),
      });
      if (response.status !== 201) throw new Error(`the example of ${path}: ${await response.text()}`);
    }
  }

  async function listed(noun: RecordType): Promise<JsonObject[]> {
    return (await answer(rpc, `${noun}.list`, {}))["items"] as JsonObject[];
  }

  /** Gives records a history: two versions in which nearly every field had another value. */
  async function givePast(): Promise<void> {
    for (const noun of ["customer", "user"] as const) {
      const values = plausible.ofFields(
        recordTypes[noun],
        // A phone number may lack a country code, and this tenant has no default country. A field with
        // another spelling of a value may contradict the value beside it.
        ({ access, unique, refers, spells, kind }) =>
          access === "write" && !unique && !refers && spells === undefined && kind !== "phone",
      );
      const where = records[noun]?.map(({ id }) => ({ id: id as string })) ?? [];
      const patches = fc.sample(fc.record(values), { numRuns: 2 * where.length, seed: 7 });
      for (const [i, patch] of patches.entries()) {
        const text = textOf(members({ where: members(where[i >> 1] ?? {}), patch: members(patch) }));
        await answer(rpc, `${noun}.update`, JSON.parse(resolve(text, names)) as object);
      }
    }
  }
}

/** The text with its names replaced by values. */
export const resolve = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replaceAll(/@@(\w+)@@/g, (written, name: string) => names.get(name) ?? written);
