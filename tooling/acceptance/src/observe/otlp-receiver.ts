import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A span, as sent. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
  status: { code?: number };
}

/** A receiver of traces in OTLP over HTTP, in JSON. */
export interface OtlpReceiver {
  url: string;
  spans: ReceivedSpan[];
  /** The sender's service name. */
  resource: Record<string, unknown>;
  headers: IncomingHttpHeaders;
  paths: Set<string>;
  /** Everything received, unchanged. */
  text(): string;
  close(): Promise<void>;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface Body {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<ReceivedSpan, "attributes" | "links"> & {
        attributes: Attribute[];
        links?: ReceivedSpan["links"];
      })[];
    }[];
  }[];
}

const toObject = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export async function startReceiver(): Promise<OtlpReceiver> {
  let text = "";
  const received: Pick<OtlpReceiver, "spans" | "resource" | "headers" | "paths"> = {
    spans: [],
    resource: {},
    headers: {},
    paths: new Set(),
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      text += body;
      received.headers = request.headers;
      received.paths.add(request.url ?? "");
      for (const { resource, scopeSpans } of (JSON.parse(body) as Body).resourceSpans) {
        received.resource = toObject(resource.attributes);
        for (const { attributes, links = [], ...span } of scopeSpans.flatMap(({ spans }) => spans)) {
          received.spans.push({ ...span, links, attributes: toObject(attributes) });
        }
      }
      response.setHeader("content-type", "application/json").end("{}");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return Object.assign(received, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => text,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
