import {
  maxItems,
  parseCreateMany,
  parseMany,
  parseUpsertMany,
  type Actor,
  type Fault,
  type JsonObject,
} from "@roster/domain";
import { parseChangeWhere } from "../../record/where-input.ts";
import { readBody } from "../request.ts";
import { schemaRef } from "../json-schema.ts";
import { resultAnswer } from "./answer.ts";
import { keyed } from "./idempotency-key.ts";
import { json, type Call, type Operation } from "./operation.ts";
import type { Replayable, Resource } from "./resource.ts";
import { titleOf } from "./schemas.ts";

/** The operations that write many records: those that take many items, and those that take a filter. */
export function bulkOperations(resource: Resource): Operation[] {
  const { type, fields, count, example } = resource;
  const key = { [example.key]: example.create[example.key] ?? "" };
  const made = (n: number): JsonObject => ({ [example.key]: `bulk-${n}` });
  // The example without unique fields: values that several records may share.
  const shared = Object.fromEntries(Object.entries(example.create).filter(([name]) => !fields[name]?.unique));
  const limits = `At most ${maxItems} items. The changes belong to one change set.`;
  const steps =
    "The change is made in steps, as one change set: repeat the request with the same idempotency key until `done` is true. It also needs the scope to read.";
  return [
    bulk(resource, "create", "Many", {
      description: `Creates ${type}s: all or none, or each independently. ${limits}`,
      example: { items: [{ ...shared, ...made(1) }] },
      result: "WrittenResult",
      parse: (body) => parseCreateMany(fields, body),
      run: (records, actor, parsed) => records.createMany(actor, parsed),
    }),
    bulk(resource, "update", "Many", {
      description: `Applies updates to ${type}s, in order: all or none, or each independently. ${limits}`,
      example: { mode: "independent", items: [{ where: key, patch: example.patch }] },
      result: "ManyResult",
      parse: (body) => parseMany(fields, body),
      run: (records, actor, parsed) => records.updateMany(actor, parsed),
    }),
    bulk(resource, "upsert", "Many", {
      description: `Updates the ${type} that has each item's key, or creates it. Two items with the same key are both refused. ${limits}`,
      example: { mode: "independent", items: [{ where: made(2), patch: example.patch }] },
      result: "WrittenResult",
      parse: (body) => parseUpsertMany(fields, body),
      run: (records, actor, parsed) => records.upsertMany(actor, parsed),
    }),
    bulk(resource, "update", "Where", {
      description: `Applies the same edits to all ${type}s that match the filter. ${steps}`,
      example: { filter: key, patch: example.patch, dryRun: true },
      result: "ChangedWhere",
      parse: (body) => parseChangeWhere(fields, count, body),
      run: (records, actor, parsed) => records.updateWhere(actor, parsed),
    }),
    bulk(resource, "delete", "Where", {
      description: `Deletes all ${type}s that match the filter. ${steps}`,
      example: { filter: key, dryRun: true },
      result: "ChangedWhere",
      parse: (body) => parseChangeWhere(undefined, count, body),
      run: (records, actor, parsed) => records.deleteWhere(actor, parsed),
    }),
  ];
}

interface Bulk<Parsed> {
  description: string;
  example: JsonObject;
  /** The schema of the answer. */
  result: string;
  parse(body: unknown): Parsed;
  run(records: ReturnType<Resource["records"]>, actor: Actor, parsed: Parsed): Promise<Replayable<object>>;
}

function bulk<Parsed extends { faults: Fault[] }>(
  resource: Resource,
  verb: "create" | "update" | "upsert" | "delete",
  which: "Many" | "Where",
  { description, example, result, parse, run }: Bulk<Parsed>,
): Operation {
  const { type } = resource;
  const title = titleOf(resource);
  const capital = verb.charAt(0).toUpperCase() + verb.slice(1);
  const isMany = which === "Many";
  const path = `/api/bulk/${type}s/${isMany ? verb : `${verb}-where`}`;
  return {
    method: "POST",
    path,
    scope: resource.scopes.write,
    accepts: json,
    id: isMany ? `${verb}Many${title}s` : `${verb}${title}sWhere`,
    summary: isMany ? `${capital} many ${type}s` : `${capital} all ${type}s that match`,
    description,
    body: { schema: schemaRef(`${title}${capital}${which}`), example },
    success: { description: "The results.", schema: schemaRef(result) },
    refusals: ["NOT_FOUND", "CONFLICT", "STALE_VERSION", "VERSION_REQUIRED"],
    async handle(call) {
      const { body } = await readBody(call.request, [json]);
      const actor = keyedUnlessDry(call, path, body);
      const parsed = parse(body);
      parsed.faults.unshift(...call.faults);
      return resultAnswer(200, await run(resource.records(call.roster), actor, parsed));
    },
  };
}

/** The actor with the request's idempotency key. A dry run stores nothing, so it needs none. */
export function keyedUnlessDry(call: Call, path: string, body: unknown): Actor {
  const actor = keyed(call, path, body);
  const { dryRun } = (typeof body === "object" && body !== null ? body : {}) as { dryRun?: unknown };
  return dryRun === true ? call.actor : actor;
}
