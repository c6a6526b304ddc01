import { refusal } from "@roster/domain";
import { answer, notModified, recordAnswer } from "./answer.ts";
import { namedBy } from "./naming.ts";
import type { Call, Operation } from "./operation.ts";
import {
  byParameters,
  deletedParameters,
  listParameters,
  pageParameters,
  readDeleted,
  readList,
  readPage,
} from "./parameters.ts";
import { isKnown } from "./preconditions.ts";
import type { Resource } from "./resource.ts";
import { schemaRef, titleOf } from "./schemas.ts";

/** What only reads. */
export function readOperations(resource: Resource): Operation[] {
  const { type, path, scopes } = resource;
  const title = titleOf(resource);
  const records = ({ roster }: Call) => resource.records(roster);
  return [
    {
      method: "GET",
      path,
      scope: scopes.read,
      parameters: listParameters(resource),
      document: {
        id: `list${title}s`,
        summary: `List ${type}s`,
        description: `A page of the ${type}s for which all filters hold.`,
        headers: [],
        success: { status: 200, description: "A page.", schema: schemaRef(`${title}Page`), headers: [] },
        refusals: [],
      },
      async handle(call) {
        const input = readList(resource, call);
        if (!input || call.faults.length > 0) throw refusal(call.faults);
        return answer(200, await records(call).list(call.actor, input));
      },
    },
    {
      method: "GET",
      path: `${path}/{id}`,
      scope: scopes.read,
      parameters: [...byParameters(resource), ...deletedParameters],
      document: {
        id: `get${title}`,
        summary: `Get a ${type}`,
        description: `The ${type} as it is.`,
        headers: ["If-None-Match"],
        success: {
          status: 200,
          description: `The ${type}.`,
          schema: schemaRef(title),
          headers: ["ETag"],
        },
        notModified: true,
        refusals: ["NOT_FOUND"],
      },
      async handle(call) {
        const where = namedBy(resource, call);
        const withDeleted = readDeleted(call);
        if (call.faults.length > 0) throw refusal(call.faults);
        const record = await records(call).get(call.actor, where, withDeleted);
        return isKnown(call.request.headers, record) ? notModified(record) : recordAnswer(200, record);
      },
    },
    {
      method: "GET",
      path: `${path}/{id}/history`,
      scope: scopes.read,
      parameters: [...byParameters(resource), ...pageParameters],
      document: {
        id: `list${title}History`,
        summary: `List the changes of a ${type}`,
        description: `A page of the ${type}'s history, newest first; of a deleted ${type} by its id or number.`,
        headers: [],
        success: { status: 200, description: "A page.", schema: schemaRef("ChangePage"), headers: [] },
        refusals: ["NOT_FOUND"],
      },
      async handle(call) {
        const where = namedBy(resource, call);
        const page = readPage(call);
        if (!page || call.faults.length > 0) throw refusal(call.faults);
        return answer(200, await records(call).history(call.actor, where, page.limit, page.cursor));
      },
    },
  ];
}
