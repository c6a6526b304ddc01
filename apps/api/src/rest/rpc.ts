import { maxCalls, pointer, RosterError, type Fault } from "@roster/domain";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { Hono } from "hono";
import type { Logger } from "pino";
import { refusalResponse, toTrpcError } from "../trpc/errors.ts";
import { appRouter } from "../trpc/router.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import { methodNotAllowed, optionsResponse } from "./methods.ts";
import { headersOf, statuses } from "./problem.ts";
import { acceptedBody, bearerOf, limitBody, readLossyBody, readLossyJson } from "./request.ts";

interface Parts {
  logger: Logger;
  /** The tRPC context of a request with this token. */
  context(token: string | undefined): TrpcContext;
}

/** The status of answers without a body. */
const noContent = 204;

const served: readonly string[] = ["GET", "HEAD", "POST"];

// At run time the record is flat, with procedures keyed by path, contrary to its type.
const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;

/** The allowed methods at a path, which names one procedure or a batch of several. */
function methodsAt(path: string): string {
  const kinds = new Set(
    path
      .replace(/^\/trpc\/?/, "")
      .split(",")
      .map((name) => (Object.hasOwn(procedures, name) ? procedures[name]?._def.type : undefined)),
  );
  const mutates = [...kinds].every((kind) => kind === "mutation");
  const reads = !kinds.has("mutation") && !kinds.has(undefined);
  return mutates ? "HEAD, POST, OPTIONS" : reads ? "GET, HEAD, OPTIONS" : "GET, HEAD, POST, OPTIONS";
}

/** Mounts tRPC at `/trpc`. */
export function mountRpc(app: Hono, { logger, context }: Parts): void {
  app.use("/trpc/*", limitBody(refusalResponse));
  app.all("/trpc/*", async (c) => {
    const allow = methodsAt(c.req.path);
    if (c.req.method === "OPTIONS") return optionsResponse(allow);
    if (!served.includes(c.req.method)) {
      const response = refusalResponse(methodNotAllowed(c.req.method, allow));
      response.headers.set("allow", allow);
      return response;
    }
    const reading = readingOf(c.req.raw);
    let refused: unknown;
    const response = await fetchRequestHandler({
      endpoint: "/trpc",
      maxBatchSize: maxCalls,
      req: reading.request,
      router: appRouter,
      createContext: () => ({ ...context(bearerOf(c.req.raw)), lostOf: reading.lostOf }),
      onError({ error, path }) {
        refused = error.cause;
        if (error.code === "INTERNAL_SERVER_ERROR")
          logger.error({ err: error.cause ?? error, path }, "an unexpected error");
      },
    });
    // tRPC omits the content type of errors that occur before it looks up a procedure.
    if (!response.headers.has("content-type") && response.status !== noContent)
      response.headers.set("content-type", "application/json");
    const headers = {
      ...(!response.ok && headersOf(response.status)),
      ...(response.status === statuses.METHOD_NOT_ALLOWED && { allow }),
      ...(response.status === statuses.UNSUPPORTED_MEDIA_TYPE &&
        acceptedBody(refused, c.req.method, ["application/json"])),
    };
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  });
}

/** A request for tRPC, with a check that tRPC cannot make. */
interface Reading {
  request: Request;
  /**
   * The faults of values in a call's input that JSON parsing would alter. Only valid after the input has been
   * read.
   */
  lostOf(call: number): Fault[];
}

function readingOf(request: Request): Reading {
  const { searchParams } = new URL(request.url);
  const isBatch = searchParams.get("batch") === "1";
  let faults: readonly Fault[] | undefined;
  return {
    request: withStrictBody(request, (found) => (faults = found)),
    lostOf(call) {
      // tRPC itself parses and validates the query.
      faults ??= readLossyJson(searchParams.get("input") || "null").faults;
      const at = isBatch ? pointer(call) : "";
      return (
        faults
          // A fault of the whole text stops the search, so it applies to every call.
          .filter(({ pointer: place }) => place === "" || place === at || place.startsWith(`${at}/`))
          .map((fault) => ({ ...fault, pointer: fault.pointer.slice(at.length) }))
      );
    },
  };
}

/**
 * The request as tRPC sees it, whose body must be JSON in UTF-8 as on other surfaces. tRPC itself would also
 * accept forms and streams, in which our parsers find no fields, and would substitute U+FFFD for invalid
 * bytes.
 */
const withStrictBody = (request: Request, lost: (faults: Fault[]) => void): Request => {
  const strict: Pick<Request, "method" | "url" | "headers" | "signal" | "json" | "formData" | "body"> = {
    method: request.method,
    url: request.url,
    headers: request.headers,
    get signal() {
      return request.signal;
    },
    json: () => readStrictly(request, lost),
    formData: async () => refuseType(),
    get body() {
      return refuseType();
    },
  };
  return strict as Request;
};

async function readStrictly(request: Request, lost: (faults: Fault[]) => void): Promise<unknown> {
  try {
    const { body, faults } = await readLossyBody(request);
    lost(faults);
    return body;
  } catch (error) {
    throw error instanceof RosterError ? toTrpcError(error) : error;
  }
}

function refuseType(): never {
  throw toTrpcError(new RosterError("UNSUPPORTED_MEDIA_TYPE", "the content type must be application/json"));
}
