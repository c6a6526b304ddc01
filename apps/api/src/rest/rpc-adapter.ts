import { maxCalls, pointer, RosterError, type Fault } from "@roster/domain";
import type { AnyTRPCRouter, TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { toTrpcError } from "../trpc/errors.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import type { Answer } from "./answer.ts";
import { readLossyBody, readLossyJson } from "./request.ts";

/** The answer to a tRPC request. */
export interface RpcAnswer {
  answer: Answer;
  /** The refusal, or the latest one of a batch. */
  error?: TRPCError;
}

const json = "application/json";

/** Answers requests by tRPC's own adapter. */
export const rpcAdapter =
  (endpoint: string, router: AnyTRPCRouter, onError: (error: TRPCError, path?: string) => void) =>
  async (request: Request, contextOf: (lostOf: TrpcContext["lostOf"]) => TrpcContext): Promise<RpcAnswer> => {
    const reading = readingOf(request);
    let refusal: TRPCError | undefined;
    const response = await fetchRequestHandler({
      endpoint,
      maxBatchSize: maxCalls,
      req: reading.request,
      router,
      createContext: () => contextOf(reading.lostOf),
      onError({ error, path }) {
        refusal = error;
        onError(error, path);
      },
    });
    return { answer: await answerOf(response), ...(refusal && { error: refusal }) };
  };

/** The adapter's answer. Streams remain streams. */
async function answerOf(response: Response): Promise<Answer> {
  const { status } = response;
  if (status === 204) return { status, headers: {}, body: null };
  // tRPC omits the content type of errors that occur before it looks up a procedure.
  const headers: Record<string, string> = { "content-type": json, ...Object.fromEntries(response.headers) };
  const isStream = "transfer-encoding" in headers || headers["content-type"] !== json;
  return { status, headers, body: isStream ? response.body : await response.text() };
}

/**
 * The request as tRPC sees it, with a check that tRPC cannot make. Its body must be JSON in UTF-8 as on other
 * surfaces: tRPC itself would also accept forms and streams, in which our parsers find no fields, and would
 * substitute U+FFFD for invalid bytes.
 */
function readingOf(request: Request) {
  const { method, url, headers } = request;
  const { searchParams } = new URL(url);
  const isBatch = searchParams.get("batch") === "1";
  let faults: readonly Fault[] | undefined;
  const strict: Pick<Request, "method" | "url" | "headers" | "signal" | "json" | "formData" | "body"> = {
    method,
    url,
    headers,
    get signal() {
      return request.signal;
    },
    async json() {
      try {
        const read = await readLossyBody(request);
        faults = read.faults;
        return read.body;
      } catch (error) {
        throw error instanceof RosterError ? toTrpcError(error) : error;
      }
    },
    formData: async () => refuseType(),
    get body() {
      return refuseType();
    },
  };
  return {
    request: strict as Request,
    /**
     * The faults of values in a call's input that JSON parsing would alter. Only valid after the input has been
     * read.
     */
    lostOf(call: number): Fault[] {
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

function refuseType(): never {
  throw toTrpcError(new RosterError("UNSUPPORTED_MEDIA_TYPE", "the content type must be application/json"));
}
