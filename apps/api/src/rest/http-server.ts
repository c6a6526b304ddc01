import { createServer, STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { RosterError, type ErrorCode } from "@roster/domain";
import type { Logger } from "pino";
import { inTurn } from "./in-turn.ts";
import { problemResponse, toErrorBody, toProblem } from "./problem.ts";
import { securityHeaderEntries } from "./security-headers.ts";

/**
 * The HTTP server before an app. What Node or its adapter would refuse with an empty answer, since it is
 * no request that an app could be given, is refused with a problem document here.
 */
export function httpServer(fetch: (request: Request) => Promise<Response>, logger: Logger): Server {
  const refuse = (error: unknown): Response => {
    const unreadable = new RosterError("MALFORMED", "the target of the request or its Host cannot be read");
    const body = toErrorBody(error instanceof RequestError ? unreadable : error, logger);
    return problemResponse(body, { ...Object.fromEntries(securityHeaderEntries), connection: "close" });
  };
  const listener = getRequestListener(
    (request, { incoming }) => {
      checkHost(incoming as IncomingMessage);
      return fetch(request);
    },
    // A name for requests that bring none, as HTTP/1.0 allows: probes of proxies do not.
    { hostname: "localhost", errorHandler: refuse },
  );
  const turns = inTurn(listener);
  const server = createServer({ requireHostHeader: false }, turns.listener);
  // No expectation but `100-continue` is known; others may be passed over (RFC 9110, section 10.1.1).
  server.on("checkExpectation", turns.listener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // What follows a request that closes its connection counts for nothing (RFC 9112, section 9.6).
    if (error.code === "HPE_CLOSED_CONNECTION") return;
    const answer = lastAnswer(error.code);
    if (answer === undefined) socket.destroy();
    else turns.end(socket, answer);
  });
  return server;
}

/** One name, and of HTTP/1.0 none, too (RFC 9112, section 3.2): a proxy may go by another one of several. */
function checkHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  if (hosts === 1 || (hosts === 0 && httpVersion === "1.0")) return;
  throw new RosterError("MALFORMED", "the request must have one Host header");
}

/**
 * The last answer of a connection on which no further request can be read.
 * @returns undefined where the connection itself is broken
 */
function lastAnswer(code = ""): string | undefined {
  if (code === "HPE_HEADER_OVERFLOW")
    return written(431, "TOO_LARGE", "the target and the headers of the request are too large");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return written(413, "TOO_LARGE", "the chunk extensions of the body are too large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return written(408, "MALFORMED", "the request did not arrive in time");
  if (code === "HPE_INVALID_EOF_STATE")
    return written(400, "MALFORMED", "the connection ended before the request did");
  return code.startsWith("HPE_") ? written(400, "MALFORMED", "the request is not HTTP/1.1") : undefined;
}

/** An answer as it goes over the wire, after which the connection is closed. */
function written(status: number, code: ErrorCode, message: string): string {
  const body = JSON.stringify({ ...toProblem({ code, message }), status });
  const headers = [
    ["connection", "close"],
    ["content-type", "application/problem+json"],
    ["content-length", String(Buffer.byteLength(body))],
    ["date", new Date().toUTCString()],
    ...securityHeaderEntries,
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
}
