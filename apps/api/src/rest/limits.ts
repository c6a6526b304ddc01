import { RosterError } from "@roster/domain";
import type { MiddlewareHandler } from "hono";

/** The largest body of a request, in bytes. */
const maxBody = 1024 * 1024;

/** How much of a body that is too large is read and thrown away, so that its sender can read the answer. */
const maxDrained = 16 * maxBody;

/** How much of a body may be left unread on a connection that stays open. */
const maxUnread = 64 * 1024;

/** For a body of which the connection brought a part only. Nobody will read this answer; no log needs it. */
export const cutShort = new RosterError("MALFORMED", "the connection ended before the body did");

const tooLarge = new RosterError("TOO_LARGE", `the body is larger than ${maxBody} bytes`);

/**
 * Refuses bodies over the limit, whether their length is announced or not.
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
      // What is refused unread is soon cut off. Its sender must not send another request after it.
      if (Number(announced) > maxUnread && !request.bodyUsed) c.res.headers.set("connection", "close");
      return undefined;
    }
    // Looked at only now: a body as a stream costs more than all the rest of a small request.
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
      // Of what is not read to its end, nobody can make sense any more.
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
