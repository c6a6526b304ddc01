import { tamper } from "@roster/api/testing/look";
import { beforeAll, describe, expect, it } from "vitest";
import { rpcOf } from "../rpc.ts";
import { onPostgres, startServer, type Server } from "../server.ts";
import { useServer } from "../use-server.ts";

/** The log's entries about requests, and what they must never contain. */

/** This text is in all personal data. No part of the log may contain it, in any case. */
const person = "Zyxwvut";
const email = `${person}@private.example`;

type Line = Record<string, unknown>;

interface Init {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

const { server, rpc } = useServer({ LOG_LEVEL: "trace" });
let id: string;
beforeAll(async () => {
  const { data } = await rpc("customer.create", { name: person, emails: [email], referenceId: email });
  id = data["id"] as string;
});

const lines = (): Line[] =>
  server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);

/** The log line of a request, found by the id in its answer. */
async function lineOf(path: string, init: Init = {}): Promise<Line> {
  const response = await fetch(server.url + path, {
    ...init,
    headers: { authorization: `Bearer ${server.token}`, ...init.headers },
  });
  await response.text();
  const request = response.headers.get("x-request-id");
  const find = () => lines().find((line) => line["request"] === request && line["msg"] === "request");
  await expect.poll(find).toBeDefined();
  return find() as Line;
}

const json = (method: string, body: string, type = "application/json"): Init => ({
  method,
  headers: { "content-type": type },
  body,
});

describe("the line of a request", () => {
  it("logs a request's time, actor, route and outcome", async () => {
    const line = await lineOf(`/api/customers/${id}`);
    expect(line).toEqual({
      level: 20,
      time: expect.any(Number) as number,
      pid: expect.any(Number) as number,
      hostname: expect.any(String) as string,
      msg: "request",
      request: expect.stringMatching(/^[\w-]{36}$/) as string,
      tenant: 1,
      actor: expect.stringMatching(/^token:[\w-]{36}$/) as string,
      method: "GET",
      route: "/api/customers/{id}",
      status: 200,
      ms: expect.any(Number) as number,
    });
  });

  it("names the calls of a tRPC request, and the reason of a refusal", async () => {
    const calls = { "0": { where: { id } }, "1": { where: { id: "nobody" } } };
    const input = encodeURIComponent(JSON.stringify(calls));
    const line = await lineOf(`/trpc/customer.get,customer.get?batch=1&input=${input}`);
    expect(line).toMatchObject({ procedures: ["customer.get"], status: 207, code: "NOT_FOUND" });
  });

  it("gives the reason of a refusal, and names no tenant if the token is invalid", async () => {
    const line = await lineOf(`/api/customers/${id}`, { headers: { authorization: "Bearer wrong" } });
    expect(line).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    expect(line).not.toHaveProperty("tenant");
  });

  it("has the request's own id, if that is well-formed", async () => {
    const given = "0af7651916cd43dd8448eb211c80319c";
    expect(await lineOf("/healthz", { headers: { "x-request-id": given } })).toMatchObject({
      request: given,
    });
  });

  it.each([email, `00000000${email}`, "short-1", "no-digits-in-this-one-at-all", `1${"x".repeat(100)}`])(
    "has a new id if the request has %s",
    async (given) => {
      const { request } = await lineOf("/healthz", { headers: { "x-request-id": given } });
      expect(request).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
    },
  );

  it("is a warning if the server failed, and otherwise not logged at the usual level", async () => {
    const usual = await startServer({ LOG_LEVEL: "info" });
    try {
      const call = rpcOf(usual.url, usual.token);
      const { data } = await call("customer.create", { name: "it" });
      expect(usual.output()).not.toContain('"msg":"request"');
      await spoil(usual, data["id"] as string);
      expect((await call("customer.get", { where: { id: data["id"] } })).status).toBe(500);
      await expect.poll(() => usual.output()).toContain('"msg":"request"');
      const [error, request] = usual
        .output()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Line);
      expect(error).toMatchObject({ level: 50, msg: "an unexpected error", path: "customer.get" });
      expect(request).toMatchObject({ level: 40, status: 500, code: "INTERNAL" });
      expect(error?.["request"]).toBe(request?.["request"]);
    } finally {
      await usual.dispose();
    }
  });
});

/** Makes customers unreadable: on SQLite by invalid JSON that contains personal data. */
const spoil = (of: Server, record: string): Promise<void> =>
  tamper(
    of.database,
    onPostgres
      ? "alter table customers rename column properties to gone"
      : `update customers set properties = '${email}' where id = '${record}'`,
  );

describe("a log at the lowest level", () => {
  it("contains nothing that callers send, in any place, nor database errors that quote it", async () => {
    const patch = (body: object, more: Record<string, string> = {}): Init => ({
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json", ...more },
      body: JSON.stringify(body),
    });
    const headers = {
      "idempotency-key": email,
      "if-match": `"${person}"`,
      "user-agent": person,
      referer: `https://x.example/?q=${email}`,
      "x-forwarded-for": person,
      "x-request-id": email,
      traceparent: person,
      tracestate: `who=${person}`,
      baggage: `who=${person}`,
      cookie: `who=${person}`,
      host: `${person}.example`,
    };
    const requests: [path: string, init: Init][] = [
      [`/api/customers/${email}`, {}],
      [`/api/customers?name=${person}&q=${email}`, { headers }],
      [`/api/customers/${id}`, patch({ name: person, email }, headers)],
      [`/api/customers/${id}`, patch({ name: { [person]: email }, [person]: email })],
      [`/api/customers/${id}`, json("PATCH", `{"name": "${person}`, "application/merge-patch+json")],
      [`/api/customers/${id}`, json("PATCH", person, person)],
      [`/api/customers`, json("POST", JSON.stringify({ referenceId: email }))],
      [`/customers/${email}`, json("PUT", JSON.stringify({ addressStreet: person }))],
      [`/customers/${email}`, json("PUT", `<customer><uuid>${person}</customer>`, "application/xml")],
      [`/customers/${email}`, json("PUT", `a=${person}&&%`, "application/x-www-form-urlencoded")],
      [`/v1/users/${email}`, json("PUT", JSON.stringify({ name: person }))],
      [`/${person}/${email}?${person}`, { method: "POST" }],
      [`/api/%${person}`, {}],
      [`/trpc/${person}.${person}?input=${person}`, {}],
      [`/trpc/customer.update`, json("POST", `{"where": "${person}`)],
      [`/trpc/customer.get?input=${encodeURIComponent(JSON.stringify({ where: { email } }))}`, {}],
      [`/trpc/customer.update`, { headers: { authorization: `Bearer ${person}` }, method: "POST" }],
      [`/trpc/customer.update`, json(person.toUpperCase(), "{}")],
    ];
    for (const [path, init] of requests) {
      const response = await fetch(server.url + path, {
        ...init,
        headers: { authorization: `Bearer ${server.token}`, ...init.headers },
      });
      await response.text();
    }

    // The database refuses the row with a message that quotes it; and a record cannot be read.
    await tamper(server.database, refuseLog);
    const update = { where: { id }, patch: { name: `${person} II` }, reason: person, idempotencyKey: email };
    expect((await rpc("customer.update", update)).status).toBeGreaterThanOrEqual(500);
    await spoil(server, id);
    expect((await rpc("customer.get", { where: { id } })).status).toBe(500);
    expect((await rpc("customer.update", update)).status).toBeGreaterThanOrEqual(500);
    expect((await fetch(`${server.url}/readyz`)).status).toBeLessThan(600);
    await lineOf("/healthz");

    const log = lines();
    const messages = log.map(({ msg }) => msg);
    // A change that cannot be stored is logged with its own request, whatever shared the commit.
    const unexpected = log.filter(({ msg }) => msg === "an unexpected error");
    expect(unexpected).toHaveLength(3);
    for (const line of unexpected) expect(line).toHaveProperty("request");
    expect(messages).not.toContain("a commit failed");
    expect(messages.filter((message) => message === "request").length).toBeGreaterThan(requests.length);
    const told = log.filter((line) => new RegExp(person, "i").test(JSON.stringify(line)));
    expect(told).toEqual([]);
    expect(server.output()).not.toContain(email);
    expect(log.map((line) => JSON.stringify(line)).join("\n")).not.toContain(server.token);
  });
});

/** Makes every insert into the change log fail. */
const refuseLog = onPostgres
  ? "alter table change_log add constraint no_log check (false) not valid"
  : "create trigger no_log before insert on change_log begin select raise(abort, 'no log today'); end";
