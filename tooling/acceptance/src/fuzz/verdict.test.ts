import { describe, expect, it } from "vitest";
import { wronglyAccepted } from "./accepted.ts";
import type { Outcome, RawAnswer } from "./exchange.ts";
import { growth } from "./fuzz.ts";
import type { FuzzRequest } from "./request.ts";
import type { Operation } from "./routes.ts";
import { faultsOf } from "./verdict.ts";

/** Fuzzing must report each of these. */

const operation: Operation = {
  method: "PUT",
  path: "/customers/{id}",
  parameters: [],
  body: { "application/json": {} },
  auth: { header: "Authorization", scheme: "Bearer" },
  examples: [],
  answers: new Map([
    [200, ["application/json"]],
    [422, ["application/problem+json"]],
  ]),
};
const toOperation: FuzzRequest = {
  route: "PUT /customers/{id}",
  surface: "operation",
  operation,
  method: "PUT",
  target: "/customers/@@customer0@@",
  protocol: "HTTP/1.1",
  headers: [
    ["Authorization", "Bearer @@admin@@"],
    ["Content-Type", "application/json"],
  ],
  junk: "",
  body: "{}",
  framing: "length",
  mangling: { kind: "none", place: 0 },
  keepAlive: false,
};
const toProcedure: FuzzRequest = {
  ...toOperation,
  route: "trpc customer.update",
  surface: "trpc",
  operation: undefined,
  method: "POST",
  target: "/trpc/customer.update",
};

const answer = (status: number, body: unknown, type = "application/json"): RawAnswer => ({
  status,
  headers: new Map([["content-type", type]]),
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});
const problemDocument = (status: number) => ({
  type: "about:blank",
  title: "x",
  status,
  detail: "x",
  code: "MALFORMED",
});
/** An answer of the HTTP server, given before routing. */
function unrouted(status: number, body: unknown = problemDocument(status)): RawAnswer {
  const given = answer(status, body, "application/problem+json");
  return { ...given, headers: new Map([...given.headers, ["connection", "close"]]) };
}
const answered = (given: RawAnswer, next?: RawAnswer): Outcome => ({
  kind: "answer",
  answer: given,
  next,
  milliseconds: 1,
});
const look = (request: FuzzRequest, outcome: Outcome): string =>
  faultsOf(request, outcome, [operation]).join("; ");

const problem = {
  type: "about:blank",
  title: "The request is not valid",
  status: 422,
  detail: "/name: is wrong",
  code: "INVALID",
  errors: [{ pointer: "/name", code: "invalid_type", detail: "is wrong" }],
};
const refused = (change: object, status = 422): RawAnswer =>
  answer(status, { ...problem, status, ...change }, "application/problem+json");
const rpcError = (change: object = {}, data: object = {}) => ({
  error: {
    message: "is wrong",
    code: -32600,
    data: {
      code: "BAD_REQUEST",
      httpStatus: 400,
      error: {
        code: "INVALID",
        message: "is wrong",
        faults: [{ pointer: "/name", code: "schema", message: "m" }],
      },
      ...data,
    },
    ...change,
  },
});

describe("a correct answer", () => {
  it.each<[what: string, request: FuzzRequest, outcome: Outcome]>([
    ["a success", toOperation, answered(answer(200, { id: "x" }))],
    ["a problem", toOperation, answered(refused({}))],
    ["a redirect", toProcedure, answered(answer(302, "", ""))],
    ["a result", toProcedure, answered(answer(200, { result: { data: 1 } }))],
    ["an error of tRPC", toProcedure, answered(answer(400, rpcError()))],
    [
      "a refusal in the form of a documented API",
      toOperation,
      answered(answer(404, { error: { type: "missing", text: "there is no such record", status: "E42" } })),
    ],
    [
      "a refusal with a numeric code",
      toOperation,
      answered(answer(404, { success: 0, code: 404, why: ["none"] })),
    ],
    ["a batch", toProcedure, answered(answer(207, [{ result: { data: 1 } }, rpcError()]))],
    ["a problem document for malformed HTTP", { ...toOperation, junk: "no colon" }, answered(unrouted(431))],
    [
      "a problem document for malformed HTTP, without its body for HEAD",
      { ...toOperation, method: "HEAD", junk: "no colon" },
      answered(unrouted(400, "")),
    ],
    [
      "no answer to malformed HTTP",
      { ...toOperation, framing: "more" },
      { kind: "closed", received: "", milliseconds: 1 },
    ],
    [
      "a second answer on the same connection",
      toOperation,
      answered(refused({}), answer(200, { status: "ok" })),
    ],
  ])("%s is fine", (_what, request, outcome) => {
    expect(look(request, outcome)).toBe("");
  });
});

describe("a wrong answer", () => {
  it.each<[what: string, request: FuzzRequest, outcome: Outcome, found: string]>([
    [
      "silence",
      toOperation,
      { kind: "silence", received: "", milliseconds: 5_000 },
      "no answer within 5000 ms",
    ],
    [
      "a closed connection",
      toOperation,
      { kind: "closed", received: "", milliseconds: 1 },
      "closed without an answer",
    ],
    ["a refusal without words", toOperation, answered(answer(404, { error: {} })), "no words"],
    [
      "a refusal that claims success",
      toOperation,
      answered(answer(404, { success: true, error: "none" })),
      "says success",
    ],
    [
      "a refusal with another status than its body",
      toOperation,
      answered(answer(404, { status: 200, error: "none" })),
      "says status 200",
    ],
    ["a failure", toOperation, answered(answer(500, { message: "x" })), "status 500"],
    [
      "a failure within a batch",
      toProcedure,
      answered(answer(207, [rpcError({}, { httpStatus: 500 })])),
      "status 500",
    ],
    [
      "a stack trace",
      toOperation,
      answered(refused({ detail: "x\n    at run (/srv/app.ts:1:2)" })),
      "internal details",
    ],
    [
      "what the database says",
      toOperation,
      answered(refused({ detail: "SQLITE_CONSTRAINT: x" })),
      "internal details",
    ],
    ["a bare 400", { ...toOperation, junk: "no colon" }, answered(answer(400, "", "")), "not JSON"],
    ["a bare 400 before routes", toOperation, answered(unrouted(400, "")), "not JSON"],
    [
      "a problem before routing with another status than its body",
      toOperation,
      answered(unrouted(400, problemDocument(431))),
      "431",
    ],
    ["a page", toOperation, answered(answer(422, "<html>", "text/html")), "not JSON"],
    ["an undocumented status", toOperation, answered(refused({}, 409)), "status 409 is not documented"],
    [
      "an undocumented content type",
      toOperation,
      answered(answer(422, { message: "x" })),
      "documented as application/problem+json",
    ],
    ["a problem of another status", toOperation, answered(refused({ status: 400 })), "says status 400"],
    ["a problem without words", toOperation, answered(refused({ detail: "" })), "no detail"],
    ["a problem with an unknown code", toOperation, answered(refused({ code: "OOPS" })), 'the code "OOPS"'],
    [
      "a fault nowhere",
      toOperation,
      answered(refused({ errors: [{ code: "schema", detail: "x" }] })),
      "at 0 places",
    ],
    [
      "a fault without a valid JSON Pointer",
      toOperation,
      answered(refused({ errors: [{ pointer: "name", code: "schema", detail: "x" }] })),
      "no JSON Pointer",
    ],
    [
      "a fault with an unknown code",
      toOperation,
      answered(refused({ errors: [{ pointer: "", code: "oops", detail: "x" }] })),
      'fault code "oops"',
    ],
    ["a list of no faults", toOperation, answered(refused({ errors: [] })), "none, or empty"],
    ["a plain text to tRPC", toProcedure, answered(answer(415, rpcError(), "text/plain")), "as text/plain"],
    [
      "an error without Roster's error body",
      toProcedure,
      answered(answer(400, rpcError({}, { error: undefined }))),
      "without Roster's own",
    ],
    [
      "an error with another status than its code",
      toProcedure,
      answered(answer(404, rpcError())),
      "an error of status 400 as 404",
    ],
    [
      "an error with its stack",
      toProcedure,
      answered(answer(400, rpcError({}, { stack: "x" }))),
      "stack trace",
    ],
    ["neither result nor error", toProcedure, answered(answer(200, {})), "neither a result nor an error"],
    [
      "a connection out of sync",
      toOperation,
      answered(refused({}), answer(400, "", "")),
      "the next request on the connection got 400",
    ],
  ])("%s is found", (_what, request, outcome, found) => {
    expect(look(request, outcome)).toContain(found);
  });
});

describe("a request that must not be accepted", () => {
  const names = new Map([
    ["admin", "token-a"],
    ["reader", "token-r"],
    ["neighbour", "token-n"],
    ["users", "token-u"],
    ["customer0", "0190"],
  ]);
  const accepted = (change: Partial<FuzzRequest>, base = toOperation): string =>
    wronglyAccepted({ ...base, ...change }, answer(200, { result: {} }), [operation], {
      names,
    }).join("; ");
  const by = (authorization: string, type = "application/json"): Partial<FuzzRequest> => ({
    headers: [
      ["Authorization", authorization],
      ["Content-Type", type],
    ],
  });

  it("is distinguished from a valid one", () => {
    expect(accepted({})).toBe("");
    expect(accepted({}, toProcedure)).toBe("");
    expect(accepted(by("Bearer   @@admin@@ "))).toBe("");
  });

  it.each<[what: string, change: Partial<FuzzRequest>, found: string]>([
    ["nobody", by("Bearer nobody"), "without a token"],
    ["another scheme", by("Token @@admin@@"), "without a token"],
    ["a reader", by("Bearer @@reader@@"), "may only read"],
    ["another tenant", by("Bearer @@neighbour@@"), "another tenant"],
    ["another content type", by("Bearer @@admin@@", "text/plain"), 'accepted as "text/plain"'],
    ["no body", { body: undefined }, "without a body"],
    ["bytes that are no UTF-8", { mangling: { kind: "invalid UTF-8", place: 0 } }, "not UTF-8"],
    ["half of a body", { mangling: { kind: "cut", place: 1 } }, "not JSON"],
  ])("%s is found", (_what, change, found) => {
    expect(accepted(change)).toContain(found);
  });

  it.each([
    [false, []],
    [true, ["changed by a token that may only read"]],
  ])("a view that a reader saves may not be shared: %s", (shared, found) => {
    const asked = { ...toProcedure, ...by("Bearer @@reader@@"), route: "trpc view.create" };
    const saved = answer(200, { result: { data: { shared } } });
    expect(wronglyAccepted(asked, saved, [operation], { names })).toEqual(found);
  });

  it.each([
    [[], ""],
    [["user", "userGroup"], ""],
    [["customer"], "may only see users"],
    [["user", "customer"], "may only see users"],
  ])("a change set of %j is shown to a token for users as its types allow", (types, found) => {
    const asked = {
      ...toProcedure,
      ...by("Bearer @@users@@"),
      route: "changeSet.get",
      target: "/trpc/changeSet.get",
    };
    const shown = wronglyAccepted(asked, answer(200, { result: { data: { types } } }), [operation], {
      names,
    });
    if (found === "") expect(shown).toEqual([]);
    else expect(shown.join("; ")).toContain(found);
  });
});

it("memory that keeps growing is distinguished from memory that settles", () => {
  const samples = Array.from({ length: 100 }, (_, i) => i);
  expect(growth(samples.map((i) => 200 + 5 * i))).toBeGreaterThan(150);
  expect(growth(samples.map((i) => 200 + Math.min(i, 20)))).toBe(0);
});
