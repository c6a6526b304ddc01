import { isJsonObject, type JsonObject } from "@roster/domain";
import { beforeAll, describe, expect, it } from "vitest";
import { Contract } from "./contract.ts";
import { at } from "./documented-api.ts";
import type { Answer, RawRequest } from "./raw-request.ts";
import { useWorld } from "./world.ts";

/** Every exchange in the tests is checked against the document. These tests show that the check finds faults. */

const world = useWorld();
let contract: Contract;
let request: RawRequest;
let answer: Answer;
beforeAll(async () => {
  contract = new Contract((await world.send({ method: "GET", path: "/openapi.json" })).json);
  const { id } = await world.make("customer");
  request = {
    method: "PUT",
    path: `/customers/${id}`,
    headers: { Authorization: `Bearer ${world.token}`, "Content-Type": "application/json" },
    body: '{"gender":"other"}',
  };
  answer = await world.send(request);
});

const changed = (json: JsonObject, more: Partial<Answer> = {}): Answer => ({
  ...answer,
  text: JSON.stringify({ ...answer.json, ...json }),
  ...more,
});

describe("the contract", () => {
  it("accepts a documented answer", () => {
    expect(contract.faults(request, answer)).toEqual([]);
    expect(contract.faults({ ...request, path: `${request.path}/?a=1` }, answer)).toEqual([]);
  });

  it.each<[string, () => Answer]>([
    ["a status", () => changed({}, { status: 418 })],
    ["a content type", () => changed({}, { headers: { "content-type": "text/html" } })],
    ["a field", () => changed({ nickname: "Ada" })],
    ["a type", () => changed({ gender: 1 })],
    ["a choice", () => changed({ gender: "unknown" })],
    ["a null", () => changed({ published_at: null })],
    ["a date", () => changed({ dateOfBirth: "24.08.2019" })],
    ["an instant", () => changed({ published_at: "2019-08-24" })],
    ["a refusal's form", () => changed({}, { status: 422 })],
  ])("reports %s that is not documented", (_, wrong) => {
    expect(contract.faults(request, wrong())).not.toEqual([]);
  });

  it("reports a missing documented field", () => {
    const { uuid: _, ...rest } = answer.json;
    expect(contract.faults(request, { ...answer, text: JSON.stringify(rest) })).not.toEqual([]);
  });

  it.each([
    ["application/json", '{"gender":1}'],
    ["application/json", '{"nickname":"Ada"}'],
    ["application/x-www-form-urlencoded", '{"gender":1}'],
    ["application/x-www-form-urlencoded", "gender=unknown"],
    ["text/plain", "{}"],
  ])("reports an accepted request that should be refused: %s %s", (type, body) => {
    expect(contract.faults({ ...request, headers: { "Content-Type": type }, body }, answer)).not.toEqual([]);
  });

  it("has examples of replies that match their schemas", async () => {
    const { json } = await world.send({ method: "GET", path: "/openapi.json" });
    for (const [path, methods] of Object.entries(json["paths"] as JsonObject)) {
      for (const [method, operation] of Object.entries(methods as JsonObject)) {
        const example = at(operation, "responses", "200", "content", "application/json", "example");
        if (!isJsonObject(example)) continue;
        const shown = changed({}, { text: JSON.stringify(example) });
        const exchange = { method: method.toUpperCase(), path: path.replace("{id}", "1") };
        expect(contract.faults({ ...exchange, headers: request.headers ?? {} }, shown)).toEqual([]);
      }
    }
  });
});
