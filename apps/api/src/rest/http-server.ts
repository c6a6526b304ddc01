import { createServer, STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { RosterError, type ErrorCode } from "@roster/domain";
import { pino, type Logger } from "pino";
import { inTurn } from "./in-turn.ts";
import { problemAnswer, toErrorBody, toProblem } from "./problem.ts";
import { securityHeaders } from "./security-headers.ts";

/**
 * The HTTP server around an app. Node and its adapter answer unreadable requests with an empty body; this
 * server answers them with problem documents.
 */
export function httpServer(
  fetch: (request: Request) => Promise<Response>,
  logger: Logger = pino({ level: "silent" }),
): Server {
  const refuse = (error: unknown): Response => {
    const unreadable = new RosterError("MALFORMED", "the request target or Host header cannot be parsed");
    const thrown = error instanceof RequestError ? unreadable : error;
    const { body, ...init } = problemAnswer(toErrorBody(thrown, logger), {
      ...securityHeaders,
      connection: "close",
    });
    return new Response(body, init);
  };
  const listener = getRequestListener(
    (request, { incoming }) => {
      checkHost(incoming as IncomingMessage);
      return fetch(request);
    },
    // A host name for HTTP/1.0 requests without one, such as proxies' probes.
    { hostname: "localhost", errorHandler: refuse },
  );
  const turns = inTurn(listener);
  const server = createServer({ requireHostHeader: false }, turns.listener);
  // Only the expectation `100-continue` is known; others may be ignored (RFC 9110, section 10.1.1).
  server.on("checkExpectation", turns.listener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // Data after a request that closes its connection is ignored (RFC 9112, section 9.6).
    if (error.code === "HPE_CLOSED_CONNECTION") return;
    const answer = lastAnswer(error.code);
    if (answer === undefined) socket.destroy();
    else turns.end(socket, answer);
  });
  return server;
}

/**
 * Requires exactly one Host header, or none in HTTP/1.0 (RFC 9112, section 3.2). With several, a proxy might
 * use another one.
 */
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
 * The final answer on a connection from which no further request can be read.
 * @returns undefined if the connection itself is broken
 */
function lastAnswer(code = ""): string | undefined {
  if (code === "HPE_HEADER_OVERFLOW")
    return written(431, "TOO_LARGE", "the request target and headers are too large");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return written(413, "TOO_LARGE", "the chunk extensions of the body are too large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return written(408, "MALFORMED", "the request did not arrive in time");
  if (code === "HPE_INVALID_EOF_STATE")
    return written(400, "MALFORMED", "the connection ended before the request did");
  return code.startsWith("HPE_") ? written(400, "MALFORMED", "the request is not HTTP/1.1") : undefined;
}

/** A serialised HTTP answer that closes the connection. */
function written(status: number, code: ErrorCode, message: string): string {
  const body = JSON.stringify({ ...toProblem({ code, message }), status });
  const headers = [
    ["connection", "close"],
    ["content-type", "application/problem+json"],
    ["content-length", String(Buffer.byteLength(body))],
    ["date", new Date().toUTCString()],
    ...Object.entries(securityHeaders),
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
}
