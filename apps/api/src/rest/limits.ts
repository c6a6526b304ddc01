import { RosterError } from "@roster/domain";
import type { MiddlewareHandler } from "hono";

/** Maximum size of a body in bytes. */
const maxBody = 1024 * 1024;

/** Bytes of an oversized body to read and discard, so that its sender can read the answer. */
const maxDrained = 16 * maxBody;

/** Unread bytes of a body at which the connection can still stay open. */
const maxUnread = 64 * 1024;

/**
 * The refusal of a body that the connection did not deliver completely. Nobody reads this answer, and it is
 * not logged.
 */
export const cutShort = new RosterError("MALFORMED", "the connection ended before the body did");

const tooLarge = new RosterError("TOO_LARGE", `the body is larger than ${maxBody} bytes`);

/**
 * Refuses bodies over the limit, with or without a declared length.
 * @param refuse makes the answer
 */
export const limitBody =
  (refuse: (error: RosterError, request: Request) => Response): MiddlewareHandler =>
  async (c, next) => {
    const request = c.req.raw;
    if (request.method === "GET" || request.method === "HEAD") return next();
    const announced = request.headers.get("content-length");
    if (announced !== null && Number(announced) <= maxBody) {
      await next();
      // The unread rest is soon cut off, so the sender must not send another request on this connection.
      if (Number(announced) > maxUnread && !request.bodyUsed) c.res.headers.set("connection", "close");
      return undefined;
    }
    // Checked last, because reading a body as a stream costs more than everything else in a small request.
    if (!request.body) return next();

    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of request.body) {
        size += chunk.length;
        if (size <= maxBody) chunks.push(chunk);
        if (size > maxDrained) break;
      }
    } catch {
      return refuse(cutShort, request);
    }
    if (size > maxBody) {
      const response = refuse(tooLarge, request);
      // After a partly read body, the connection is unusable.
      if (size > maxDrained) response.headers.set("connection", "close");
      return response;
    }
    c.req.raw = new Request(request.url, {
      method: request.method,
      headers: request.headers,
      body: new Blob(chunks),
    });
    return next();
  };
