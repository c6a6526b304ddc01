import { refusal } from "@roster/domain";
import { schemaRef } from "../json-schema.ts";
import { answer, notModified, recordAnswer } from "./answer.ts";
import { findQuery, inParameters, listQuery, pageQuery } from "./list-query.ts";
import { naming } from "./naming.ts";
import type { Call, Operation } from "./operation.ts";
import { recordQuery } from "./option-query.ts";
import { isKnown } from "./preconditions.ts";
import type { Resource } from "./resource.ts";
import { titleOf } from "./schemas.ts";

/** The operations that only read. */
export function readOperations(resource: Resource): Operation[] {
  const { word: type, path, scopes } = resource;
  const title = titleOf(resource);
  const [named, list] = [naming(resource), listQuery(resource.type, resource.list)];
  const counted = findQuery(resource.type, resource.count);
  const records = ({ roster }: Call) => resource.records(roster);
  return [
    {
      method: "GET",
      path,
      scope: scopes.read,
      get parameters() {
        return list.parameters;
      },
      document: {
        id: `list${title}s`,
        summary: `List ${type}s`,
        description: `A page of the ${type}s that match all filters.`,
        headers: [],
        success: { status: 200, description: "A page.", schema: schemaRef(`${title}Page`), headers: [] },
        refusals: [],
      },
      async handle(call) {
        const input = list.read(call);
        if (!input || call.faults.length > 0) throw refusal(call.faults);
        return answer(200, await inParameters(() => records(call).listEncoded(call.actor, input)));
      },
    },
    {
      method: "GET",
      // Not below the path of the records: there it would hide the record with this id.
      path: path.replace(/[^/]+$/, (name) => `counts/${name}`),
      scope: scopes.read,
      get parameters() {
        return counted.parameters;
      },
      document: {
        id: `count${title}s`,
        summary: `Count ${type}s`,
        description: `The number of ${type}s that match all filters, exact up to 10,000.`,
        headers: [],
        success: { status: 200, description: "The number.", schema: schemaRef("Count"), headers: [] },
        refusals: [],
      },
      async handle(call) {
        const input = counted.read(call);
        if (!input || call.faults.length > 0) throw refusal(call.faults);
        return answer(200, await inParameters(() => records(call).count(call.actor, input)));
      },
    },
    {
      method: "GET",
      path: path.replace(/[^/]+$/, (name) => `indexes/${name}`),
      scope: scopes.read,
      parameters: [],
      document: {
        id: `list${title}Indexes`,
        summary: `List the indexes of ${type}s`,
        description:
          "The indexes of properties, and the progress of indexes that are being built or dropped.",
        headers: [],
        success: {
          status: 200,
          description: "The indexes.",
          schema: { type: "array", items: schemaRef("IndexState") },
          headers: [],
        },
        refusals: [],
      },
      async handle(call) {
        if (call.faults.length > 0) throw refusal(call.faults);
        return answer(200, await records(call).indexes(call.actor));
      },
    },
    {
      method: "GET",
      path: `${path}/{id}`,
      scope: scopes.read,
      parameters: [...named.parameters, ...recordQuery.parameters],
      document: {
        id: `get${title}`,
        summary: `Get a ${type}`,
        description: `The current state of the ${type}.`,
        headers: ["If-Match", "If-None-Match"],
        success: {
          status: 200,
          description: `The ${type}.`,
          schema: schemaRef(title),
          headers: ["ETag"],
        },
        notModified: true,
        refusals: ["NOT_FOUND", "STALE_VERSION"],
      },
      async handle(call) {
        const where = named.read(call);
        const { deleted = false } = recordQuery.read(call);
        if (!where || call.faults.length > 0) throw refusal(call.faults);
        const record = await records(call).getEncoded(call.actor, where, deleted);
        return isKnown(call.request.headers, record) ? notModified(record) : recordAnswer(200, record);
      },
    },
    {
      method: "GET",
      path: `${path}/{id}/history`,
      scope: scopes.read,
      parameters: [...named.parameters, ...pageQuery.parameters],
      document: {
        id: `list${title}History`,
        summary: `List the changes of a ${type}`,
        description: `A page of the ${type}'s history, newest first. A deleted ${type} is found by its id or number.`,
        headers: [],
        success: { status: 200, description: "A page.", schema: schemaRef("ChangePage"), headers: [] },
        refusals: ["NOT_FOUND"],
      },
      async handle(call) {
        const where = named.read(call);
        const page = pageQuery.read(call);
        if (!where || !page || call.faults.length > 0) throw refusal(call.faults);
        return answer(200, await records(call).history(call.actor, where, page.limit, page.cursor));
      },
    },
  ];
}
