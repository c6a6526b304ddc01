import {
  parseCreate,
  parseEdits,
  plainUpdate,
  refusal,
  type Fields,
  type ParsedCreate,
} from "@roster/domain";
import { moved } from "../place.ts";
import { readBody } from "../request.ts";
import { schemaRef } from "../json-schema.ts";
import { recordAnswer } from "./answer.ts";
import { keyed } from "./idempotency-key.ts";
import { naming } from "./naming.ts";
import { json, mergePatch, type Call, type Operation } from "./operation.ts";
import { deletionQuery, updateQuery } from "./option-query.ts";
import { expectedVersions } from "./preconditions.ts";
import type { Resource } from "./resource.ts";
import { titleOf } from "./schemas.ts";

/** The operations that change records. */
export function writeOperations(resource: Resource): Operation[] {
  const { word: type, path, scopes, fields } = resource;
  const [title, named] = [titleOf(resource), naming(resource)];
  const records = ({ roster }: Call) => resource.records(roster);
  return [
    {
      method: "POST",
      path,
      scope: scopes.write,
      accepts: json,
      id: `create${title}`,
      summary: `Create a ${type}`,
      description: `Creates a ${type} from the given fields. Missing fields get their initial value, or none.`,
      body: { schema: schemaRef(`${title}Create`), example: resource.example.create },
      success: {
        status: 201,
        description: `The new ${type}.`,
        schema: schemaRef(title),
        headers: ["ETag", "Location"],
      },
      refusals: ["CONFLICT"],
      async handle(call) {
        const { body } = await readBody(call.request, [json]);
        const parsed = parseCreate(fields, body);
        parsed.faults.unshift(...call.faults);
        const record = await records(call).create(keyed(call, path, body), parsed);
        return recordAnswer(201, record, { location: `${path}/${record.id}` });
      },
    },
    {
      method: "PATCH",
      path: `${path}/{id}`,
      scope: scopes.write,
      parameters: [...named.parameters, ...updateQuery.parameters],
      accepts: mergePatch,
      id: `update${title}`,
      summary: `Update a ${type}`,
      description: `Merges the body into the ${type} (RFC 7396): an absent field is kept, null clears it, a value sets it. An array replaces the whole set.`,
      headers: ["If-Match"],
      body: { schema: schemaRef(`${title}Patch`), example: resource.example.patch },
      success: {
        description: `The ${type} after the update.`,
        schema: schemaRef(title),
        headers: ["ETag", "Roster-Applied"],
      },
      refusals: ["NOT_FOUND", "CONFLICT", "STALE_VERSION", "VERSION_REQUIRED"],
      async handle(call) {
        const where = named.read(call) ?? [];
        const options = updateQuery.read(call);
        const expectedVersion = expectedVersions(call.request.headers);
        const { body } = await readBody(call.request, [mergePatch]);
        const { edits, faults } = parsePatch(fields, body);
        const parsed = plainUpdate(where, { edits, faults: [...call.faults, ...faults] });
        const { record, applied, replayed } = await records(call).update(keyed(call, path, body), {
          ...parsed,
          ...options,
          expectedVersion,
        });
        const headers = { "roster-applied": String(applied) };
        return recordAnswer(200, replayed ? { ...record, replayed } : record, headers);
      },
    },
    {
      method: "DELETE",
      path: `${path}/{id}`,
      scope: scopes.write,
      parameters: [...named.parameters, ...deletionQuery.parameters],
      id: `delete${title}`,
      summary: `Delete a ${type}`,
      description: `Deletes the ${type}. It keeps its values and history, releases its unique values, and can be restored.`,
      headers: ["If-Match"],
      success: { description: `The deleted ${type}.`, schema: schemaRef(title), headers: ["ETag"] },
      refusals: ["NOT_FOUND", "CONFLICT", "STALE_VERSION", "VERSION_REQUIRED"],
      async handle(call) {
        const where = named.read(call);
        const { reason } = deletionQuery.read(call);
        const expected = expectedVersions(call.request.headers);
        if (!where || call.faults.length > 0) throw refusal(call.faults);
        const actor = keyed(call, path);
        return recordAnswer(200, await records(call).delete(actor, where, reason, expected));
      },
    },
  ];
}

/** Parses a merge patch. Its faults, and those that the rules find later, point into the body. */
function parsePatch(fields: Fields, body: unknown): ParsedCreate {
  const block = "/patch";
  const { edits, faults } = parseEdits(fields, { patch: body });
  return {
    edits: edits.map((edit) => ({ ...edit, at: edit.at.slice(block.length) })),
    faults: moved(faults, (at) => at.slice(block.length)),
  };
}
