import { pointer, RosterError, type Fault } from "@roster/domain";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { Hono } from "hono";
import type { Logger } from "pino";
import { refusalResponse, toTrpcError } from "../trpc/errors.ts";
import { appRouter } from "../trpc/router.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import { bearerOf } from "./bearer.ts";
import { readLossyJson, readText } from "./body.ts";
import { limitBody, maxBatch } from "./limits.ts";
import { headersOf } from "./problem.ts";

interface Parts {
  logger: Logger;
  /** The tRPC context of a caller with this token. */
  context(token: string | undefined): TrpcContext;
}

/** Of answers that have no body. */
const noContent = 204;

/** tRPC at `/trpc`. */
export function mountRpc(app: Hono, { logger, context }: Parts): void {
  app.use("/trpc/*", limitBody(refusalResponse));
  app.all("/trpc/*", async (c) => {
    const reading = readingOf(c.req.raw);
    const response = await fetchRequestHandler({
      endpoint: "/trpc",
      maxBatchSize: maxBatch,
      req: reading.request,
      router: appRouter,
      createContext: () => ({ ...context(bearerOf(c.req.raw)), lostOf: reading.lostOf }),
      onError({ error, path }) {
        if (error.code === "INTERNAL_SERVER_ERROR")
          logger.error({ err: error.cause ?? error, path }, "an unexpected error");
      },
    });
    // What tRPC refuses before it looks at any procedure is JSON, too, and it forgets to say so.
    if (!response.headers.has("content-type") && response.status !== noContent)
      response.headers.set("content-type", "application/json");
    for (const [name, value] of Object.entries(headersOf(response.status))) response.headers.set(name, value);
    return response;
  });
}

/** How a request is read: by tRPC, and beyond what tRPC can say of its input. */
interface Reading {
  request: Request;
  /** What the input of one of its calls would lose. To be asked once the input has been read. */
  lostOf(call: number): Fault[];
}

function readingOf(request: Request): Reading {
  const { searchParams } = new URL(request.url);
  const isBatch = searchParams.get("batch") === "1";
  let faults: readonly Fault[] | undefined;
  return {
    request: withStrictBody(request, (found) => (faults = found)),
    lostOf(call) {
      // tRPC itself reads, and refuses, what stands in the query.
      faults ??= readLossyJson(searchParams.get("input") || "null").faults;
      const at = isBatch ? pointer(call) : "";
      return faults
        .filter(({ pointer: place }) => place === at || place.startsWith(`${at}/`))
        .map((fault) => ({ ...fault, pointer: fault.pointer.slice(at.length) }));
    },
  };
}

/**
 * The request as far as tRPC looks at it, with a body that must be what it is everywhere else: JSON in
 * UTF-8. Left to itself, tRPC takes forms and streams, too, in which our readers would find no fields,
 * and puts U+FFFD for bytes that are no UTF-8.
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
    const { value, faults } = readLossyJson((await readText(request, ["application/json"])).text);
    lost(faults);
    return value;
  } catch (error) {
    throw error instanceof RosterError ? toTrpcError(error) : error;
  }
}

function refuseType(): never {
  throw toTrpcError(new RosterError("UNSUPPORTED_MEDIA_TYPE", "the content type must be application/json"));
}
