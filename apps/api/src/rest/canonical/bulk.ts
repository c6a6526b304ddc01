import {
  maxItems,
  parseCreateMany,
  parseMany,
  parseUpsertMany,
  type Actor,
  type Fault,
  type Fields,
  type JsonObject,
} from "@roster/domain";
import { parseChangeWhere } from "../../record/where-input.ts";
import { readBody } from "../request.ts";
import type { Answer } from "../answer.ts";
import { schemaRef } from "../json-schema.ts";
import { answer } from "./answer.ts";
import { keyed } from "./idempotency-key.ts";
import { json, type Call, type Operation } from "./operation.ts";
import type { Replayable, Resource } from "./resource.ts";
import { titleOf } from "./schemas.ts";

/** The operations that write many records. */
export const bulkOperations = (resource: Resource): Operation[] => [
  ...manyOperations(resource),
  ...whereOperations(resource),
];

/** The operations that take many items. */
const manyOperations = (resource: Resource): Operation[] => {
  const { type, fields, example } = resource;
  const key = { [example.key]: example.create[example.key] ?? "" };
  // What several records may have.
  const shared = Object.fromEntries(Object.entries(example.create).filter(([name]) => !fields[name]?.unique));
  const many = <Parsed extends { faults: Fault[] }>(
    verb: "create" | "update" | "upsert",
    parse: (fields: Fields, body: unknown) => Parsed,
    run: (records: ReturnType<Resource["records"]>, actor: Actor, parsed: Parsed) => ReturnType<Bulk["run"]>,
    rest: Pick<Bulk, "description" | "example" | "result">,
  ) => {
    const capital = verb.charAt(0).toUpperCase() + verb.slice(1);
    return bulk(resource, `${capital}Many`, {
      ...rest,
      path: verb,
      id: `${verb}Many${titleOf(resource)}s`,
      summary: `${capital} many ${type}s`,
      description: `${rest.description} At most ${maxItems} items. The changes belong to one change set.`,
      run: (call, actor, body) => {
        const parsed = parse(fields, body);
        parsed.faults.unshift(...call.faults);
        return run(resource.records(call.roster), actor, parsed);
      },
    });
  };
  return [
    many("create", parseCreateMany, (records, actor, parsed) => records.createMany(actor, parsed), {
      description: `Creates ${type}s: all or none, or each independently.`,
      example: { items: [{ ...shared, ...made(example.key, 1) }] },
      result: "WrittenResult",
    }),
    many("update", parseMany, (records, actor, parsed) => records.updateMany(actor, parsed), {
      description: `Applies updates to ${type}s, in order: all or none, or each independently.`,
      example: { mode: "independent", items: [{ where: key, patch: example.patch }] },
      result: "ManyResult",
    }),
    many("upsert", parseUpsertMany, (records, actor, parsed) => records.upsertMany(actor, parsed), {
      description: `Updates the ${type} that has each item's key, or creates it. Two items with the same key are both refused.`,
      example: { mode: "independent", items: [{ where: made(example.key, 2), patch: example.patch }] },
      result: "WrittenResult",
    }),
  ];
};

/** The operations that change all records that match a filter. */
const whereOperations = (resource: Resource): Operation[] => {
  const { type, fields, count, example } = resource;
  const filter = { [example.key]: example.create[example.key] ?? "" };
  const steps =
    "The change is made in steps, as one change set: repeat the request with the same idempotency key until `done` is true. It also needs the scope to read.";
  const run =
    (verb: "updateWhere" | "deleteWhere", edited?: Fields): Bulk["run"] =>
    (call, actor, body) => {
      const parsed = parseChangeWhere(edited, count, body);
      parsed.faults.unshift(...call.faults);
      return resource.records(call.roster)[verb](actor, parsed);
    };
  return [
    bulk(resource, "UpdateWhere", {
      path: "update-where",
      id: `update${titleOf(resource)}sWhere`,
      summary: `Update all ${type}s that match`,
      description: `Applies the same edits to all ${type}s that match the filter. ${steps}`,
      example: { filter, patch: example.patch, dryRun: true },
      result: "ChangedWhere",
      run: run("updateWhere", fields),
    }),
    bulk(resource, "DeleteWhere", {
      path: "delete-where",
      id: `delete${titleOf(resource)}sWhere`,
      summary: `Delete all ${type}s that match`,
      description: `Deletes all ${type}s that match the filter. ${steps}`,
      example: { filter, dryRun: true },
      result: "ChangedWhere",
      run: run("deleteWhere"),
    }),
  ];
};

const made = (key: string, n: number): JsonObject => ({ [key]: `bulk-${n}` });

interface Bulk {
  /** The last part of the path. */
  path: string;
  /** The id of the operation. */
  id: string;
  summary: string;
  description: string;
  example: JsonObject;
  /** The schema of the answer. */
  result: string;
  run(call: Call, actor: Actor, body: unknown): Promise<Replayable<object>>;
}

/** @param body the name of the schema of the body, without the resource */
function bulk(
  resource: Resource,
  body: string,
  { path: last, id, summary, description, example, result, run }: Bulk,
): Operation {
  const { type, scopes } = resource;
  const path = `/api/bulk/${type}s/${last}`;
  return {
    method: "POST",
    path,
    scope: scopes.write,
    accepts: json,
    document: {
      id,
      summary,
      description,
      body: { schema: schemaRef(`${titleOf(resource)}${body}`), example },
      success: { description: "The results.", schema: schemaRef(result) },
      refusals: ["NOT_FOUND", "CONFLICT", "STALE_VERSION", "VERSION_REQUIRED"],
    },
    async handle(call) {
      const { body: read } = await readBody(call.request, [json]);
      return resultAnswer(200, await run(call, keyedUnlessDry(call, path, read), read));
    },
  };
}

/** The actor with the request's idempotency key. A dry run stores nothing, so it needs none. */
export function keyedUnlessDry(call: Call, path: string, body: unknown): Actor {
  const actor = keyed(call, path, body);
  const { dryRun } = (typeof body === "object" && body !== null ? body : {}) as { dryRun?: unknown };
  return dryRun === true ? call.actor : actor;
}

/** An answer that may be a repetition for an idempotency key. */
export function resultAnswer(
  status: number,
  { replayed, ...result }: Replayable<object>,
  headers: Record<string, string> = {},
): Answer {
  return answer(status, result, { ...headers, ...(replayed && { "idempotent-replayed": "true" }) });
}
