import { userGroupFields, type ParsedList } from "@roster/domain";
import { schemaRef } from "../json-schema.ts";
import { answer, notModified, recordAnswer } from "./answer.ts";
import { findQuery, pageQuery } from "./list-query.ts";
import { naming } from "./naming.ts";
import type { Call, Operation } from "./operation.ts";
import { recordQuery } from "./option-query.ts";
import { isKnown } from "./preconditions.ts";
import { checked, readAll } from "./query.ts";
import { resources, type Resource } from "./resource.ts";
import { titleOf } from "./schemas.ts";

/** The operations that only read. */
export function readOperations(resource: Resource): Operation[] {
  const { word: type, path, scopes } = resource;
  const title = titleOf(resource);
  const [named, list] = [naming(resource), findQuery<ParsedList>(resource.type, resource.list)];
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
      id: `list${title}s`,
      summary: `List ${type}s`,
      description: `A page of the ${type}s that match all filters.`,
      success: { description: "A page.", schema: schemaRef(`${title}Page`) },
      async handle(call) {
        const [input] = readAll(call, list);
        return answer(200, await records(call).listEncoded(call.actor, input));
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
      id: `count${title}s`,
      summary: `Count ${type}s`,
      description: `The number of ${type}s that match all filters, exact up to 10,000.`,
      success: { description: "The number.", schema: schemaRef("Count") },
      async handle(call) {
        const [input] = readAll(call, counted);
        return answer(200, await records(call).count(call.actor, input));
      },
    },
    {
      method: "GET",
      path: path.replace(/[^/]+$/, (name) => `indexes/${name}`),
      scope: scopes.read,
      id: `list${title}Indexes`,
      summary: `List the indexes of ${type}s`,
      description: "The indexes of properties, and the progress of indexes that are being built or dropped.",
      success: { description: "The indexes.", schema: { type: "array", items: schemaRef("IndexState") } },
      async handle(call) {
        return answer(200, await records(checked(call)).indexes(call.actor));
      },
    },
    {
      method: "GET",
      path: `${path}/{id}`,
      scope: scopes.read,
      parameters: [...named.parameters, ...recordQuery.parameters],
      id: `get${title}`,
      summary: `Get a ${type}`,
      description: `The current state of the ${type}.`,
      headers: ["If-Match", "If-None-Match"],
      success: { description: `The ${type}.`, schema: schemaRef(title), headers: ["ETag"] },
      notModified: true,
      refusals: ["NOT_FOUND", "STALE_VERSION"],
      async handle(call) {
        const [where, { deleted = false }] = readAll(call, named, recordQuery);
        const record = await records(call).getEncoded(call.actor, where, deleted);
        return isKnown(call.request.headers, record) ? notModified(record) : recordAnswer(200, record);
      },
    },
    {
      method: "GET",
      path: `${path}/{id}/history`,
      scope: scopes.read,
      parameters: [...named.parameters, ...pageQuery.parameters],
      id: `list${title}History`,
      summary: `List the changes of a ${type}`,
      description: `A page of the ${type}'s history, newest first. A deleted ${type} is found by its id or number.`,
      success: { description: "A page.", schema: schemaRef("ChangePage") },
      refusals: ["NOT_FOUND"],
      async handle(call) {
        const [where, page] = readAll(call, named, pageQuery);
        return answer(200, await records(call).history(call.actor, where, page.limit, page.cursor));
      },
    },
  ];
}

const groups = resources.find(({ fields }) => fields === userGroupFields) as Resource;
const groupNamed = naming(groups);

/** The operation that lists the members of a user group. */
export const membersOperation: Operation = {
  method: "GET",
  path: `${groups.path}/{id}/members`,
  scope: groups.scopes.read,
  parameters: [...groupNamed.parameters, ...pageQuery.parameters],
  id: "listUserGroupMembers",
  summary: "List the members of a user group",
  description: "A page of the live members of the user group, in the order of their ids.",
  success: { description: "A page.", schema: schemaRef("MemberPage") },
  refusals: ["NOT_FOUND"],
  async handle(call) {
    const [where, page] = readAll(call, groupNamed, pageQuery);
    return answer(200, await call.roster.userGroup.members(call.actor, where, page));
  },
};
