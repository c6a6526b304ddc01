import { refusal, userGroupFields } from "@roster/domain";
import { schemaRef } from "../json-schema.ts";
import { answer } from "./answer.ts";
import { pageQuery } from "./list-query.ts";
import { naming } from "./naming.ts";
import type { Operation } from "./operation.ts";
import { resources, type Resource } from "./resource.ts";

const groups = resources.find(({ fields }) => fields === userGroupFields) as Resource;
const named = naming(groups);

/** The operation that lists the members of a user group. */
export const membersOperation: Operation = {
  method: "GET",
  path: `${groups.path}/{id}/members`,
  scope: groups.scopes.read,
  parameters: [...named.parameters, ...pageQuery.parameters],
  document: {
    id: "listUserGroupMembers",
    summary: "List the members of a user group",
    description: "A page of the live members of the user group, in the order of their ids.",
    headers: [],
    success: { status: 200, description: "A page.", schema: schemaRef("MemberPage"), headers: [] },
    refusals: ["NOT_FOUND"],
  },
  async handle(call) {
    const where = named.read(call);
    const page = pageQuery.read(call);
    if (!where || !page || call.faults.length > 0) throw refusal(call.faults);
    return answer(200, await call.roster.userGroup.members(call.actor, where, page));
  },
};
