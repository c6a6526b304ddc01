import { plain, RosterError, type ErrorCode } from "@roster/domain";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Roster } from "../roster.ts";
import { rawInput } from "../trpc/inputs.ts";
import { mutation, router } from "../trpc/trpc.ts";
import { statuses } from "./problem.ts";
import { rpcPath } from "./rpc.ts";
import { serve } from "./serve.ts";

/** The refusals of procedures: as lone calls, and by tRPC's adapter, which `trpc-accept` asks for. */

const failing = (error: (code: ErrorCode) => unknown) =>
  mutation(rawInput<{ code: ErrorCode }>(), plain<object>(), (_roster, _actor, input) => {
    throw error((input as { code: ErrorCode }).code);
  });
const faults = [{ pointer: "/patch/name", code: "too_long" as const, message: "is too long" }];

const lines: string[] = [];
const called: unknown[] = [];
const fetch = serve(
  [
    rpcPath(
      "/trpc",
      router({
        refuse: failing((code) => new RosterError(code, "no", { faults })),
        crash: failing((code) => new Error(`a secret about ${code}`)),
      }),
      {
        roster: {} as Roster,
        authenticator: { authenticate: async () => ({}) } as unknown as Authenticator,
        called: (procedure, _, refusal) => void called.push([procedure, refusal]),
        logger: pino({}, { write: (line) => void lines.push(line) }),
      },
    ),
  ],
  { logger: pino({ level: "silent" }) },
);

/** The answer to a call, what it reports, and what it logs. */
async function call(procedure: string, code: string, headers: Record<string, string> = {}) {
  lines.length = called.length = 0;
  const response = await fetch(
    new Request(`http://roster/trpc/${procedure}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": "0123456789abcdef", ...headers },
      body: JSON.stringify({ code }),
    }),
  );
  const logged = lines.map((line) => ({ ...(JSON.parse(line) as object), time: 0 }));
  const { status, headers: given } = response;
  return {
    status,
    headers: Object.fromEntries(given),
    body: await response.text(),
    logged,
    called: [...called],
  };
}

describe("a lone call is refused as by tRPC's adapter", () => {
  it.each(Object.keys(statuses))("with %s", async (code) => {
    const lone = await call("refuse", code);
    expect(lone.called).toEqual([["refuse", code]]);
    expect(JSON.parse(lone.body)).toMatchObject({
      error: { data: { path: "refuse", error: { code, faults } } },
    });
    expect(lone.headers["retry-after"]).toBe(lone.status === statuses.UNAVAILABLE ? "1" : undefined);
    expect(await call("refuse", code, { "trpc-accept": "application/json" })).toEqual(lone);
  });

  it("for an unexpected error, which is logged and not shown", async () => {
    const lone = await call("crash", "x");
    expect(lone.status).toBe(500);
    expect(lone.body).not.toContain("secret");
    expect(lone.logged).toMatchObject([{ path: "crash", msg: "an unexpected error" }]);
    const adapted = await call("crash", "x", { "trpc-accept": "application/json" });
    // The stacks differ.
    expect({ ...adapted, logged: adapted.logged.length }).toEqual({ ...lone, logged: 1 });
  });
});

it("each unexpected error in a batch is logged", async () => {
  const { status, logged } = await call("crash,crash?batch=1", "x");
  expect([status, logged.length]).toEqual([500, 2]);
});
