import {
  maxItems,
  parseCreateMany,
  parseMany,
  parseUpsertMany,
  type Actor,
  type Fault,
  type JsonObject,
  type ManyResult,
  type WrittenResult,
} from "@roster/domain";
import { readBody } from "../request.ts";
import { answer } from "./answer.ts";
import { keyed } from "./idempotency-key.ts";
import { json, type Call, type Operation } from "./operation.ts";
import type { Replayable, Resource } from "./resource.ts";
import { schemaRef, titleOf } from "./schemas.ts";

/** The operations that write many records. */
export const bulkOperations = (resource: Resource): Operation[] => {
  const { type, fields, example } = resource;
  const key = { [example.key]: example.create[example.key] ?? "" };
  const records = ({ roster }: Call) => resource.records(roster);
  return [
    bulk(resource, "create", {
      description: `Creates ${type}s: all or none, or each independently.`,
      example: { items: [{ ...example.create, ...made(example.key, 1) }] },
      result: "WrittenResult",
      run: (call, actor, body) => {
        const parsed = parseCreateMany(fields, body);
        parsed.faults.unshift(...call.faults);
        return records(call).createMany(actor, parsed);
      },
    }),
    bulk(resource, "update", {
      description: `Applies updates to ${type}s, in order: all or none, or each independently.`,
      example: { mode: "independent", items: [{ where: key, patch: example.patch }] },
      result: "ManyResult",
      run: (call, actor, body) => {
        const parsed = parseMany(fields, body);
        parsed.faults.unshift(...call.faults);
        return records(call).updateMany(actor, parsed);
      },
    }),
    bulk(resource, "upsert", {
      description: `Updates the ${type} that has each item's key, or creates it. Two items with the same key are both refused.`,
      example: { mode: "independent", items: [{ where: made(example.key, 2), patch: example.patch }] },
      result: "WrittenResult",
      run: (call, actor, body) => {
        const parsed = parseUpsertMany(fields, body);
        parsed.faults.unshift(...call.faults);
        return records(call).upsertMany(actor, parsed);
      },
    }),
  ];
};

const made = (key: string, n: number): JsonObject => ({ [key]: `bulk-${n}` });

interface Bulk {
  description: string;
  example: JsonObject;
  /** The schema of the answer. */
  result: string;
  run(call: Call & { faults: Fault[] }, actor: Actor, body: unknown): Promise<ManyResult | WrittenResult>;
}

function bulk(
  resource: Resource,
  verb: "create" | "update" | "upsert",
  { description, example, result, run }: Bulk,
): Operation {
  const { type, scopes } = resource;
  const title = titleOf(resource);
  const path = `/api/bulk/${type}s/${verb}`;
  const capital = verb.charAt(0).toUpperCase() + verb.slice(1);
  return {
    method: "POST",
    path,
    scope: scopes.write,
    parameters: [],
    accepts: json,
    document: {
      id: `${verb}Many${title}s`,
      summary: `${capital} many ${type}s`,
      description: `${description} At most ${maxItems} items. The changes belong to one change set.`,
      headers: ["Idempotency-Key"],
      body: { schema: schemaRef(`${title}${capital}Many`), example },
      success: {
        status: 200,
        description: "The result of each item.",
        schema: schemaRef(result),
        headers: ["Idempotent-Replayed"],
      },
      refusals: ["NOT_FOUND", "CONFLICT", "STALE_VERSION", "VERSION_REQUIRED"],
    },
    async handle(call) {
      const { body } = await readBody(call.request, [json]);
      return resultAnswer(200, await run(call, keyedUnlessDry(call, path, body), body));
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
): Response {
  return answer(status, result, { ...headers, ...(replayed && { "idempotent-replayed": "true" }) });
}
