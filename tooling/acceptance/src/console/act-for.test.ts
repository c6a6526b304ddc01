import type { ChangeEntryJson } from "@roster/domain";
import { createClient } from "@roster/client";
import { beforeAll, describe, expect, it } from "vitest";
import { rpcOf, type Rpc } from "../rpc.ts";
import { useServer } from "../use-server.ts";

/** A service that acts on behalf of a person: the log keeps both, on every surface. */

const { server } = useServer({}, { mayLogErrors: false });
let admin: Rpc;
let service: { id: string; token: string };
beforeAll(async () => {
  admin = rpcOf(server.url, server.token);
  const scopes = ["customers:read", "customers:write", "users:read", "users:write", "act-for"];
  service = (await admin("token.create", { name: "Support desk", scopes })).data as typeof service;
});

const send = (path: string, token: string, onBehalfOf: string, init: RequestInit = {}) =>
  fetch(server.url + path, {
    ...init,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "roster-on-behalf-of": onBehalfOf,
      ...(init.headers as Record<string, string>),
    },
  });

const latest = async (id: string, noun = "customer"): Promise<ChangeEntryJson> =>
  ((await admin(`${noun}.history`, { where: { id }, limit: 1 })).data as { items: ChangeEntryJson[] })
    .items[0] as ChangeEntryJson;

const customer = async () => (await admin("customer.create", {})).data as { id: string; number: number };

describe("a service that acts on behalf of a person", () => {
  it.each<[string, (id: string, number: number) => [string, string, object, Record<string, string>?]]>([
    ["tRPC", (id) => ["POST", "/trpc/customer.update", { where: { id }, patch: { job: "x" } }]],
    [
      "REST",
      (id) => [
        "PATCH",
        `/api/customers/${id}`,
        { job: "x" },
        { "content-type": "application/merge-patch+json" },
      ],
    ],
    ["a documented format", (_, number) => ["PUT", `/api/v1/customers/${number}`, { job: "x" }]],
  ])("is shown with the other one: by %s", async (_, request) => {
    const { id, number } = await customer();
    const [method, path, body, headers] = request(id, number);
    const init = { method, body: JSON.stringify(body), ...(headers && { headers }) };
    const answer = await send(
      path,
      service.token,
      "J%C3%BCrgen Groß <jg@acme.example>".replace("ß", "%C3%9F"),
      init,
    );
    expect(answer.status).toBe(200);
    expect(await latest(id)).toMatchObject({
      actor: `token:${service.id}`,
      by: {
        kind: "token",
        id: `token:${service.id}`,
        name: "Support desk",
        onBehalfOf: "Jürgen Groß <jg@acme.example>",
      },
    });
  });

  it("may also provision users by SCIM on behalf of a person", async () => {
    const { token } = (await admin("token.create", { name: "Okta", scopes: ["scim", "act-for"] })).data as {
      token: string;
    };
    const answer = await send("/scim/v2/Users", token, "ada", { method: "POST", body: '{"userName":"x"}' });
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    expect((await latest(id, "user")).by).toMatchObject({ name: "Okta", onBehalfOf: "ada" });
  });

  it("names the person in each call of a typed client, also for whole change sets", async () => {
    let who = 0;
    const client = createClient({ url: server.url, token: service.token, onBehalfOf: () => `Ünal ${++who}` });
    const { id } = await client.customer.create.mutate({ name: "A" });
    const { changeSet } = await client.customer.updateMany.mutate({
      items: [{ where: { id }, patch: { name: "B" } }],
    });
    const { items } = await client.customer.history.query({ where: { id } });
    expect(items.map(({ by }) => by.onBehalfOf)).toEqual(["Ünal 2", "Ünal 1"]);
    expect(await client.changeSet.get.query({ where: { id: changeSet ?? "" } })).toMatchObject({
      actor: `token:${service.id}`,
      onBehalfOf: "Ünal 2",
    });
  });

  it("leaves no trace of that in the log once the record is erased", async () => {
    const { id } = await customer();
    const init = { method: "POST", body: JSON.stringify({ where: { id }, patch: { job: "x" } }) };
    await send("/trpc/customer.update", service.token, "her own wish", init);
    await admin("customer.erase", { where: { id } });
    const { data } = await admin("change.list", { ids: [id] });
    expect(JSON.stringify(data)).not.toContain("her own wish");
  });

  it.each([
    ["empty", "", "too_short"],
    ["too long", "x".repeat(256), "too_long"],
    ["of two lines", "a%0Ab", "invalid_format"],
    ["no UTF-8", "a%FFb", "invalid_format"],
    ["half an escape", "100%", "invalid_format"],
    ["letters that no header has", "\u00fc", "invalid_format"],
  ])("is refused if the name is %s", async (_, name, code) => {
    const answer = await send("/api/customers", service.token, name);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ header: "Roster-On-Behalf-Of", code }] });
  });

  it("needs the scope", async () => {
    const { token } = (await admin("token.create", { name: "x", scopes: ["customers:read"] })).data as {
      token: string;
    };
    const answer = await send("/api/customers", token, "ada");
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      code: "FORBIDDEN",
      detail: "the token lacks the scope act-for",
    });
    expect(
      (await fetch(`${server.url}/api/customers`, { headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
  });
});
