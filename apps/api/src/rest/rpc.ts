import { RosterError, type Fault } from "@roster/domain";
import {
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  type AnyTRPCProcedure,
  type AnyTRPCRouter,
  type TRPCError,
} from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { getPath } from "hono/utils/url";
import type { Called } from "../observe/requests.ts";
import { Encoded } from "../record/encoded.ts";
import { refusalAnswer } from "../trpc/errors.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import { jsonAnswer, type Answer } from "./answer.ts";
import { methodNotAllowed, optionsAnswer } from "./methods.ts";
import type { Path, Route, SurfaceParts } from "./path.ts";
import { headersOf, problemAnswer, statuses, toErrorBody } from "./problem.ts";
import { acceptedBody, credentialsOf, readLossyBody, readLossyJson } from "./request.ts";
import { rpcAdapter, type RpcAnswer } from "./rpc-adapter.ts";

interface Parts extends SurfaceParts {
  called: Called;
}

/** The `source` of changes in the history, and the name of the surface. */
const source = "trpc";

const json = "application/json";

/**
 * The procedures of a router, below an endpoint such as `/trpc`.
 *
 * A request for one known procedure in the plainest form runs here. tRPC's adapter, which costs more than the
 * call itself, answers all others: batches, streams, and whatever is refused before a procedure runs.
 * `lone-calls.test.ts` compares their answers.
 */
export function rpcPath(endpoint: string, router: AnyTRPCRouter, parts: Parts): Path {
  // At run time the record is flat, with procedures keyed by path, contrary to its type.
  const procedures = router._def.procedures as unknown as Record<string, AnyTRPCProcedure>;
  const procedureOf = (name: string) => (Object.hasOwn(procedures, name) ? procedures[name] : undefined);
  const plain = new RegExp(`^[^/]+//[^/]+${endpoint}/([A-Za-z.]+)(?:\\?input=([^&#]*))?$`);
  const log = (error: TRPCError, path?: string) => {
    if (error.code === "INTERNAL_SERVER_ERROR")
      parts.logger.error({ err: error.cause ?? error, path }, "an unexpected error");
  };
  const adapt = rpcAdapter(endpoint, router, log);

  const contextOf = (request: Request, lostOf: TrpcContext["lostOf"]): TrpcContext => ({
    roster: parts.roster,
    actor: () => parts.authenticator.authenticate(credentialsOf(request), source),
    called: parts.called,
    lostOf,
  });

  /** Runs a lone call. @returns undefined if the request is something else */
  async function runLone(request: Request): Promise<RpcAnswer | undefined> {
    const [, path = "", query] = plain.exec(request.url) ?? [];
    const procedure = procedureOf(path);
    const input = procedure && inputOf(request, procedure, query);
    if (!input) return undefined;
    const ctx: TrpcContext = { ...contextOf(request, input.lostOf), takesEncoded: true };
    const { type } = procedure._def;
    const call = { ctx, path, type, getRawInput: input.read, signal: undefined, batchIndex: 0 };
    try {
      const data: unknown = await procedure(call);
      const json = data instanceof Encoded ? data.json : undefined;
      return { answer: rpcAnswer(200, json ? `{"result":{"data":${json}}}` : { result: { data } }) };
    } catch (thrown) {
      const error = getTRPCErrorFromUnknown(thrown);
      log(error, path);
      const shape = getTRPCErrorShape({
        config: router._def._config,
        error,
        path,
        type,
        ctx,
        input: undefined,
      });
      return { answer: rpcAnswer(getHTTPStatusCodeFromError(error), { error: shape }), error };
    }
  }

  /** The allowed methods of a request, which names one procedure or a batch of several. */
  function allowedTo(request: Request): string {
    const names = getPath(request)
      .slice(endpoint.length + 1)
      .split(",");
    const kinds = new Set(names.map((name) => procedureOf(name)?._def.type));
    const mutates = [...kinds].every((kind) => kind === "mutation");
    const reads = !kinds.has("mutation") && !kinds.has(undefined);
    return mutates ? "HEAD, POST, OPTIONS" : reads ? "GET, HEAD, OPTIONS" : "GET, HEAD, POST, OPTIONS";
  }

  const route: Route = {
    async answer(request) {
      const { answer, error } =
        (await runLone(request)) ?? (await adapt(request, (lostOf) => contextOf(request, lostOf)));
      const { status, headers, body } = answer;
      if (status < 400) return answer;
      const unread = status === statuses.UNSUPPORTED_MEDIA_TYPE;
      return {
        status,
        headers: {
          ...headers,
          ...headersOf(status),
          ...(status === statuses.METHOD_NOT_ALLOWED && { allow: allowedTo(request) }),
          ...(unread && acceptedBody(error?.cause, request.method, [json])),
        },
        body,
      };
    },
    refuse: (thrown) =>
      thrown instanceof RosterError ? refused(thrown) : problemAnswer(toErrorBody(thrown, parts.logger)),
  };
  return {
    path: `${endpoint}/*`,
    surface: source,
    routes: new Map([
      ["GET", route],
      ["POST", route],
    ]),
    otherwise(request) {
      const allow = allowedTo(request);
      if (request.method === "OPTIONS") return optionsAnswer(allow);
      return refused(methodNotAllowed(request.method, allow), { allow });
    },
  };
}

/** The answer to a request that is refused before it reaches a procedure. */
function refused(refusal: RosterError, headers?: Record<string, string>): Answer {
  const { status, body } = refusalAnswer(refusal);
  return jsonAnswer(status, body, headers);
}

/** An answer with tRPC's headers. */
const rpcAnswer = (status: number, body: object | string): Answer => ({
  status,
  headers: { "content-type": json, vary: "trpc-accept, accept" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

/** The input of a lone call. */
interface Input {
  read(): Promise<unknown>;
  /** The faults of values that JSON parsing would alter. Only valid after the input has been read. */
  lostOf(): Fault[];
}

/** @returns undefined unless the request is a call of the procedure in the plainest form */
function inputOf(request: Request, { _def: { type } }: AnyTRPCProcedure, query?: string): Input | undefined {
  const { method, headers } = request;
  if (headers.has("trpc-accept") || headers.get("accept")?.includes("jsonl")) return undefined;
  const contentType = headers.get("content-type");
  if (method === "POST" && type === "mutation" && query === undefined)
    return contentType !== null && /^application\/json *(;|$)/i.test(contentType)
      ? inBody(request)
      : undefined;
  if (method === "GET" && type === "query" && (contentType ?? json) === json) return inQuery(query);
  return undefined;
}

function inBody(request: Request): Input {
  let reading: ReturnType<typeof readLossyBody> | undefined;
  let faults: Fault[] = [];
  return {
    // Called by the base procedure, and again by tRPC.
    async read() {
      const read = await (reading ??= readLossyBody(request));
      faults = read.faults;
      return read.body;
    },
    lostOf: () => faults,
  };
}

/** @returns undefined if the parameter is not JSON in UTF-8 */
function inQuery(encoded = ""): Input | undefined {
  if (encoded === "") return { read: async () => undefined, lostOf: () => [] };
  try {
    const { body, faults } = readLossyJson(decodeURIComponent(encoded.replaceAll("+", " ")));
    return { read: async () => body, lostOf: () => faults };
  } catch {
    return undefined;
  }
}
