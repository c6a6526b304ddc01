import { isJsonObject, type JsonObject } from "@roster/domain";
import { beforeAll, describe, expect, it } from "vitest";
import { schemaFaults } from "./json-schema.ts";
import { at, fresh, nouns, useRest, type Call } from "./rest.ts";

const world = useRest();
let document: JsonObject;
beforeAll(async () => {
  document = (await world.rest("GET", "/openapi.json", { token: "" })).json;
});

const part = (...path: string[]): JsonObject => {
  const found = path.reduce<unknown>(
    (value, key) => (isJsonObject(value) ? value[key] : undefined),
    document,
  );
  if (!isJsonObject(found)) throw new Error(`there is no ${path.join(" ")}`);
  return found;
};

/** Makes a call, and compares its body and its answer with the document. */
async function documented(method: string, path: string, to: string, call: Call = {}) {
  const answer = await world.rest(method, to, call);
  const operation = part("paths", path, method.toLowerCase());
  const [[, media]] = Object.entries(
    part("paths", path, method.toLowerCase(), "responses", String(answer.status), "content"),
  ) as [[string, JsonObject]];
  expect([to, schemaFaults(media["schema"] as JsonObject, answer.json, document)]).toEqual([to, []]);
  const body = operation["requestBody"] as JsonObject | undefined;
  if (body && call.body !== undefined && answer.status < 300) {
    const { schema } = part(
      "paths",
      path,
      method.toLowerCase(),
      "requestBody",
      "content",
      "application/json",
    );
    expect([to, schemaFaults(schema as JsonObject, call.body as JsonObject, document)]).toEqual([to, []]);
  }
  return answer;
}

describe.each(nouns)("bulk requests of $name", (noun) => {
  const { name, key, text } = noun;
  const path = (verb: string) => `/api/bulk/${name}s/${verb}`;
  const bulk = (verb: string, body: object, more: Call = {}) =>
    documented("POST", path(verb), path(verb), { body, ...more });

  it("create, update, upsert, and are undone by their change set", async () => {
    const record = await world.create(noun, { [text]: "before" });
    const opened = await documented("POST", "/api/change-sets", "/api/change-sets", {
      body: { name: "a file", kind: "import", reason: "moving" },
    });
    const changeSet = opened.json["id"] as string;
    expect([opened.status, opened.headers["location"]]).toEqual([201, `/api/change-sets/${changeSet}`]);
    const created = await bulk("create", { changeSet, items: [{ [key]: fresh() }, {}] });
    expect(created.json).toMatchObject({ created: 2, changeSet });
    const updated = await bulk("update", {
      changeSet,
      mode: "independent",
      reason: "why",
      items: [
        { where: { id: record["id"] }, patch: { [text]: "after" }, expectedVersion: 1 },
        { where: { id: record["id"] }, patch: { [text]: null }, expectedVersion: 1 },
      ],
    });
    expect(updated.json).toMatchObject({
      applied: 1,
      items: [{ version: 2 }, { error: { code: "STALE_VERSION", conflict: { currentVersion: 2 } } }],
    });
    const upserted = await bulk("upsert", {
      changeSet,
      items: [{ where: { email: `${fresh()}@x.example` }, patch: { [text]: "x" } }],
    });
    expect(upserted.json).toMatchObject({ created: 1, items: [{ outcome: "created", version: 1 }] });
    const one = "/api/change-sets/{id}";
    // A UUID in capitals is the same.
    const there = `/api/change-sets/${changeSet.toUpperCase()}`;
    const closed = await documented("POST", `${one}/close`, `${there}/close`);
    expect(closed.json).toMatchObject({ name: "a file", created: 3, updated: 1, refused: 1 });
    expect((await documented("GET", one, there)).json).toEqual(closed.json);
    const list = await documented("GET", "/api/change-sets", "/api/change-sets?kind=import&limit=1");
    expect(list.json["items"]).toEqual([closed.json]);

    const dry = await documented("POST", `${one}/undo`, `${there}/undo`, { body: { dryRun: true } });
    expect(dry.json).toMatchObject({ changeSet: null, done: true });
    const mistaken = await world.rest("POST", `${there}/undo`, { body: { cursor: "x" } });
    expect(mistaken.json["errors"]).toMatchObject([{ pointer: "/cursor" }]);
    const headers = { "Idempotency-Key": fresh() };
    const body = { reason: "the wrong file" };
    const undone = await documented("POST", `${one}/undo`, `${there}/undo`, { body, headers });
    expect((undone.json["items"] as JsonObject[]).map(({ outcome }) => outcome)).toEqual([
      "deleted",
      "updated",
      "deleted",
      "deleted",
    ]);
    const again = await world.rest("POST", `${there}/undo`, { body, headers });
    expect([again.json, again.headers["idempotent-replayed"]]).toEqual([undone.json, "true"]);
    const now = await world.rest("GET", at(noun, record));
    expect(now.json).toMatchObject({ [text]: "before", version: 3 });
    const history = await world.rest("GET", `${at(noun, record)}/history`);
    expect((history.json["items"] as JsonObject[]).map((entry) => entry["changeSet"])).toEqual([
      (undone.json["changeSet"] as JsonObject)["id"],
      changeSet,
      undefined,
    ]);
  });

  it("change all records that match a filter", async () => {
    const values = [fresh(), fresh()];
    await bulk("create", { items: values.map((value) => ({ [key]: value })) });
    const filter = { [key]: { in: values } };
    const dry = await bulk("update-where", { filter, patch: { [text]: "x" }, dryRun: true });
    expect(dry.json).toMatchObject({
      matched: { count: 2, exact: true },
      items: [{ outcome: "updated" }, {}],
    });
    const real = await bulk("delete-where", { filter, name: "gone", reason: "why" });
    expect(real.json).toMatchObject({ done: true, changeSet: { name: "gone", deleted: 2 } });
    const refused = await bulk("delete-where", { patch: {} });
    expect((refused.json["errors"] as JsonObject[]).map(({ pointer }) => pointer)).toEqual([
      "/filter",
      "/patch",
    ]);
  });

  it("are refused with all faults at their places", async () => {
    const items = [{ where: { [key]: "a", email: "x" } }, { where: { email: "x" }, patch: { nothing: 1 } }];
    const answer = await bulk("upsert", { items, mode: "some", no: 1 });
    expect(answer.status).toBe(422);
    expect((answer.json["errors"] as JsonObject[]).map(({ pointer }) => pointer)).toEqual(["/mode", "/no"]);
    const inner = await bulk("upsert", { items });
    expect((inner.json["errors"] as JsonObject[]).map(({ pointer }) => pointer)).toEqual([
      "/items/0/where",
      "/items/1/where/email",
      "/items/1/patch/nothing",
    ]);
    const missing = await world.rest("GET", "/api/change-sets/none");
    expect((await world.rest("GET", "/api/change-sets/%00")).status).toBe(404);
    expect([missing.status, missing.json["code"]]).toEqual([404, "NOT_FOUND"]);
  });
});
