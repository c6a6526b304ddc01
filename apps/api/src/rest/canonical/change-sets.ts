import { idSchema, notFound, parseBySchema } from "@roster/domain";
import type { z } from "zod";
import { changeSetListSchema, changeSetOpenSchema, changeSetUndoSchema } from "../../change-set/inputs.ts";
import { jsonSchemaOf, schemaRef } from "../json-schema.ts";
import { readBody } from "../request.ts";
import { answer, resultAnswer } from "./answer.ts";
import { keyedUnlessDry } from "./bulk.ts";
import { keyed } from "./idempotency-key.ts";
import { schemaQuery } from "./list-query.ts";
import { json, type Call, type Operation } from "./operation.ts";
import { checked, readAll } from "./query.ts";

const path = "/api/change-sets";
const one = `${path}/{id}`;
const set = schemaRef("ChangeSet");
const scope = "of the records";

const listed = schemaQuery(changeSetListSchema, {
  kind: "Only sets of this kind.",
  limit: "The maximum number of items. A page can be shorter even if it is not the last.",
  cursor: "`nextCursor` of the previous page. The rest of the request must not change.",
});

/** The options of an undo; the path names the set. */
const undoSchema = changeSetUndoSchema.omit({ where: true });

/** The JSON Schemas of the bodies. */
export const changeSetBodies = {
  ChangeSetOpen: jsonSchemaOf(changeSetOpenSchema),
  ChangeSetUndo: jsonSchemaOf(undoSchema),
};

/** The operations on change sets. */
export const changeSetOperations: readonly Operation[] = [
  {
    method: "GET",
    path,
    scope,
    parameters: listed.parameters,
    id: "listChangeSets",
    summary: "List change sets",
    description:
      "The change sets, newest first, except those that changed only records that the token may not read.",
    success: { description: "A page.", schema: schemaRef("ChangeSetPage") },
    async handle(call) {
      const [input] = readAll(call, listed);
      return answer(200, await call.roster.changeSet.list(call.actor, input));
    },
  },
  {
    method: "POST",
    path,
    scope,
    accepts: json,
    id: "openChangeSet",
    summary: "Open a change set",
    description: "Opens a change set, to which bulk requests add their changes by its id.",
    body: {
      schema: schemaRef("ChangeSetOpen"),
      example: { name: "customers.csv", kind: "import" },
    },
    success: { status: 201, description: "The new change set.", schema: set, headers: ["Location"] },
    async handle(call) {
      const { actor, input } = await read(call, changeSetOpenSchema, path);
      const opened = await call.roster.changeSet.open(actor, input);
      return resultAnswer(201, opened, { location: `${path}/${opened.id}` });
    },
  },
  {
    method: "GET",
    path: one,
    scope,
    id: "getChangeSet",
    summary: "Get a change set",
    description: "Who made the changes, when, why, and how many.",
    success: { description: "The change set.", schema: set },
    refusals: ["NOT_FOUND"],
    handle: async (call) => answer(200, await call.roster.changeSet.get(checked(call).actor, idIn(call))),
  },
  {
    method: "POST",
    path: `${one}/close`,
    scope,
    id: "closeChangeSet",
    summary: "Close a change set",
    description: "Closes the change set: it takes no more changes. A closed one stays as it is.",
    success: { description: "The change set.", schema: set },
    refusals: ["NOT_FOUND"],
    handle: async (call) =>
      resultAnswer(200, await call.roster.changeSet.close(keyed(checked(call), `${one}/close`), idIn(call))),
  },
  {
    method: "POST",
    path: `${one}/undo`,
    scope,
    accepts: json,
    id: "undoChangeSet",
    summary: "Undo a change set",
    description:
      "Makes the next step of the undo, newest changes first: repeat the request until `done` is true. What others have changed since is left as it is and listed.",
    body: { schema: schemaRef("ChangeSetUndo"), example: { reason: "the wrong file" } },
    success: { description: "The records that this step dealt with.", schema: schemaRef("UndoResult") },
    refusals: ["NOT_FOUND", "CONFLICT"],
    async handle(call) {
      const { actor, input } = await read(call, undoSchema, `${one}/undo`);
      return resultAnswer(200, await call.roster.changeSet.undo(actor, { id: idIn(call), ...input }));
    },
  },
];

/** The id in the path, in its stored form. */
function idIn({ id }: Call): string {
  const { value } = parseBySchema(idSchema, id);
  if (value === undefined) throw notFound("change set");
  return value;
}

/** Reads a body by its schema, and the idempotency key. */
async function read<Read>(call: Call, schema: z.ZodType<Read>, of: string) {
  const { body } = await readBody(call.request, [json]);
  const { value, faults } = parseBySchema(schema, body);
  call.faults.push(...faults);
  return { input: value as Read, actor: keyedUnlessDry(checked(call), of, body) };
}
