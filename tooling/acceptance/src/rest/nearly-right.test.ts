import type { JsonObject } from "@roster/domain";
import { expect, it } from "vitest";
import { customer, useRest } from "./rest.ts";

/** A misspelt name is refused with a suggestion, wherever names are read. */

const world = useRest();

it.each([
  ["PATCH", "/api/customers/x", { emial: "a@example.org" }, "email"],
  ["POST", "/api/customers", { lastNam: "Lovelace" }, "lastName"],
  ["POST", "/api/users", { usernmae: "ada" }, "username"],
  ["GET", "/api/customers?odrer=asc", undefined, "order"],
  ["GET", "/api/customers?chnagedSince=2020-01-01T00:00:00Z", undefined, "changedSince"],
  ["GET", "/api/users/x/history?limt=3", undefined, "limit"],
  ["GET", "/api/changes?atfer=3", undefined, "after"],
])("%s %s %j", async (method, path, body, meant) => {
  if (method === "PATCH") await world.create(customer, { providedId: "x" });
  const at = method === "PATCH" ? `${path}?by=providedId` : path;
  const answer = await world.rest(method, at, body === undefined ? {} : { body });
  expect(answer.status).toBe(422);
  const [fault] = answer.json["errors"] as JsonObject[];
  expect(fault).toMatchObject({ code: "unknown_field" });
  expect(fault?.["detail"]).toContain(`did you mean ${meant}?`);
});

it("a documented format suggests the names of its own page", async () => {
  const answer = await world.send({
    method: "POST",
    path: "/api/update_customer/",
    headers: { "Content-Type": "application/json", "Explo-Authorization": `Token ${world.token}` },
    body: JSON.stringify({ provided_id: "example_1", groop_tags: [] }),
  });
  expect(answer.status).toBe(422);
  expect(answer.text).toContain("is not a field of this API; did you mean group_tags?");
});
