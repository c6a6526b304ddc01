import { RosterError, rpcCodes, type ErrorBody } from "@roster/domain";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { http, HttpResponse, type HttpHandler } from "msw";
import type { Answers, AnyAnswers } from "./answers.ts";
import { memory, type FirstRecords } from "./memory.ts";

export type { Answers } from "./answers.ts";
export type { FirstRecords } from "./memory.ts";

export interface HandlerOptions {
  /** The address that the client under test has. */
  url: string;
  /** Records that there are at the beginning. */
  records?: FirstRecords | undefined;
  /** Answers that take precedence, and answers to all other procedures. */
  answers?: Answers | undefined;
}

/**
 * Handlers of MSW in place of a Roster, for tests without a server, in Node and in browsers. `create`, `get`,
 * `list` and `update` of customers and users work on records in memory, by the rules of Roster's domain: faults,
 * versions and conflicts are its own. A call without an answer is refused with INTERNAL, and says which.
 */
export function rosterHandlers({ url, records = {}, answers = {} }: HandlerOptions): HttpHandler[] {
  const base = url.replace(/\/+$/, "");
  const given = answers as AnyAnswers;
  const kept = memory(records);

  const answer = async (path: string, input: unknown): Promise<{ status: number; body: object }> => {
    const [noun = "", verb = ""] = path.split(".");
    const procedure = given[noun]?.[verb] ?? kept[noun]?.[verb];
    try {
      if (!procedure) throw new Error(`the handlers have no answer for ${path}`);
      const { idempotencyKey: _, ...own } = (input ?? {}) as Record<string, unknown>;
      return { status: 200, body: { result: { data: (await procedure(own)) ?? null } } };
    } catch (error) {
      return refused(path, error);
    }
  };

  return [
    http.all(`${base}/trpc/:path`, async ({ request, params }) => {
      const { searchParams } = new URL(request.url);
      const text = request.method === "GET" ? searchParams.get("input") : await request.text();
      const input: unknown = text ? JSON.parse(text) : undefined;
      const paths = String(params["path"]).split(",");
      if (!searchParams.has("batch")) {
        const { status, body } = await answer(paths[0] as string, input);
        return HttpResponse.json(body, { status });
      }
      const inputs = (input ?? {}) as Record<string, unknown>;
      const all = await Promise.all(paths.map((path, index) => answer(path, inputs[index])));
      const statuses = new Set(all.map(({ status }) => status));
      const status = statuses.size === 1 ? all[0]?.status : 207;
      return HttpResponse.json(
        all.map(({ body }) => body),
        { status: status ?? 200 },
      );
    }),
    // A feed in which nothing happens.
    http.get(`${base}/api/changes`, () => {
      const opened = new ReadableStream<Uint8Array>({
        start: (controller) =>
          controller.enqueue(new TextEncoder().encode('event: position\nid: 0\ndata: {"seq":0}\n\n')),
      });
      return new HttpResponse(opened, { headers: { "content-type": "text/event-stream" } });
    }),
  ];
}

function refused(path: string, thrown: unknown): { status: number; body: object } {
  const body: ErrorBody =
    thrown instanceof RosterError ? thrown.toBody() : { code: "INTERNAL", message: String(thrown) };
  const code = rpcCodes[body.code];
  const status = getHTTPStatusCodeFromError(new TRPCError({ code }));
  const error = {
    message: body.message,
    code: TRPC_ERROR_CODES_BY_KEY[code],
    data: { code, httpStatus: status, path, error: body },
  };
  return { status, body: { error } };
}
