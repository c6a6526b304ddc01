import { request, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { JsonObject } from "@roster/domain";

/** A request on the wire. Only `Host`, `Connection` and the length are added. */
export interface RawRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  /** The body; a list is sent in one chunk per item, without a length. */
  body?: string | Buffer | readonly (string | Buffer)[];
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body of the answer, if it is a JSON object. */
  json: JsonObject;
}

/** Sends a request byte for byte, and accepts an answer even before all of it is sent. */
export const send = (url: string, { method, path, headers = {}, body = "" }: RawRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const announced =
      Array.isArray(body) || body === "" ? {} : { "Content-Length": Buffer.byteLength(body as string) };
    const options = { hostname, port, method, path, headers: { ...headers, ...announced } };
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: objectOf(text) });
      });
    });
    outgoing.on("error", reject);
    if (Array.isArray(body)) {
      for (const chunk of body as readonly (string | Buffer)[]) outgoing.write(chunk);
      outgoing.end();
    } else {
      outgoing.end(body);
    }
  });

/** Sends the beginning of a request, and closes the connection once the server has it. */
export const sendPart = (url: string, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 50));
  });

function objectOf(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}
