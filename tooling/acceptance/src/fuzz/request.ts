import type { Operation } from "./routes.ts";

/** Framings of a body after which the rest of the bytes would be read as the next request. */
export const unsoundFramings = [
  // Neither a length nor chunks are announced.
  "none",
  // The announced length is wrong, or is none.
  "less",
  "more",
  "huge",
  "no number",
  "negative",
  "two lengths",
  "length and chunks",
  "broken chunks",
] as const;
export type Framing = "length" | "chunked" | (typeof unsoundFramings)[number];

/** Changes to the bytes of a body, made last. */
export const manglings = [
  "cut",
  "flip",
  "insert",
  "invalid UTF-8",
  "byte order mark",
  "UTF-16",
  "garbage",
  "empty",
] as const;
export interface Mangling {
  kind: "none" | (typeof manglings)[number];
  place: number;
}

/** A generated request, before names are replaced by values. */
export interface FuzzRequest {
  /** The route it is counted under. */
  route: string;
  /** The surface, which decides the form of refusals. */
  surface: "trpc" | "operation" | "other";
  operation?: Operation | undefined;
  method: string;
  /** The target in the request line. */
  target: string;
  protocol: string;
  headers: readonly (readonly [name: string, value: string])[];
  /** Lines that are not headers. */
  junk: string;
  body: string | undefined;
  framing: Framing;
  mangling: Mangling;
  /** Whether another request follows on the connection. */
  keepAlive: boolean;
}

const unsound: ReadonlySet<Framing> = new Set(unsoundFramings);

/** Roughly the methods, targets and headers that RFC 9110 allows. */
const token = /^[!#$%&'*+.^_`|~\w-]+$/;
const target = /^[\w\-.~:/?[\]@!$&'()*+,;=%]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const methods = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/;

/**
 * Whether a request is HTTP that a server has to understand. Any other may be answered by the
 * bare 400 of Node's parser, or not at all.
 */
export const isSound = (request: FuzzRequest): boolean =>
  !(unsound.has(request.framing) && request.body !== undefined) &&
  request.junk === "" &&
  request.protocol === "HTTP/1.1" &&
  methods.test(request.method) &&
  target.test(request.target.replaceAll(/@@\w+@@/g, "")) &&
  request.target.startsWith("/") &&
  request.target.length < 8_000 &&
  request.headers.every(
    ([name, value]) =>
      token.test(name) &&
      fieldValue.test(value) &&
      value.length < 8_000 &&
      !/^(?:host|expect|upgrade|connection|transfer-encoding|content-length)$/i.test(name),
  );

/** The bytes of a request's body, before they are framed. */
export const bodyOf = (
  { body, mangling }: FuzzRequest,
  resolve: (text: string) => string,
): Buffer | undefined => (body === undefined ? undefined : mangled(Buffer.from(resolve(body)), mangling));

/** The bytes of a request. */
export function bytesOf(request: FuzzRequest, resolve: (text: string) => string, host: string): Buffer {
  const body = bodyOf(request, resolve);
  const lines = [`${request.method} ${resolve(request.target)} ${request.protocol}`];
  const has = (wanted: string) => request.headers.some(([name]) => name.toLowerCase() === wanted);
  if (!has("host")) lines.push(`Host: ${host}`);
  if (!has("connection")) lines.push(`Connection: ${request.keepAlive ? "keep-alive" : "close"}`);
  for (const [name, value] of request.headers) lines.push(`${name}: ${resolve(value)}`);
  if (request.junk !== "") lines.push(request.junk);
  const payload = body === undefined ? undefined : framed(body, request.framing, lines);
  // Each character of a header is a byte.
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return payload ? Buffer.concat([head, payload]) : head;
}

function framed(body: Buffer, framing: Framing, lines: string[]): Buffer {
  const length = (value: number | string) => lines.push(`Content-Length: ${value}`);
  const chunks = () => {
    const half = Math.ceil(body.length / 2);
    const parts = [body.subarray(0, half), body.subarray(half)].filter((part) => part.length > 0);
    return Buffer.concat([
      ...parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]),
      Buffer.from("0\r\n\r\n"),
    ]);
  };
  switch (framing) {
    case "length":
      length(body.length);
      return body;
    case "chunked":
      lines.push("Transfer-Encoding: chunked");
      return chunks();
    case "none":
      return body;
    case "less":
      length(body.length >> 1);
      return body;
    case "more":
      length(body.length + 10);
      return body;
    case "huge":
      length("99999999999");
      return body;
    case "no number":
      length("ten");
      return body;
    case "negative":
      length(-1);
      return body;
    case "two lengths":
      length(body.length);
      length(body.length + 1);
      return body;
    case "length and chunks":
      length(body.length);
      lines.push("Transfer-Encoding: chunked");
      return chunks();
    case "broken chunks":
      lines.push("Transfer-Encoding: chunked");
      return Buffer.concat([Buffer.from("xyz\r\n"), body, Buffer.from("\r\n0\r\n\r\n")]);
  }
}

function mangled(bytes: Buffer, { kind, place }: Mangling): Buffer {
  const at = bytes.length === 0 ? 0 : place % bytes.length;
  const insert = (...parts: number[]) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from(parts), bytes.subarray(at)]);
  switch (kind) {
    case "none":
      return bytes;
    case "cut":
      return bytes.subarray(0, at);
    case "flip": {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 << (place % 8));
      return copy;
    }
    case "insert":
      return insert(place % 128);
    case "invalid UTF-8":
      return insert(0xc0, 0xaf, 0xff);
    case "byte order mark":
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case "UTF-16":
      return Buffer.from(bytes.toString(), "utf16le");
    case "garbage":
      return Buffer.concat([bytes, Buffer.from("}]garbage\u0000")]);
    case "empty":
      return Buffer.alloc(0);
  }
}
