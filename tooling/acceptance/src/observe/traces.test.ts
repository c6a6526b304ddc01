import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rpcOf } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { startReceiver, type OtlpReceiver, type ReceivedSpan } from "./otlp-receiver.ts";

/** The traces of a server, as received. */

let receiver: OtlpReceiver;
let server: Server;
beforeEach(async () => void (receiver = await startReceiver()));
afterEach(async () => {
  await server.dispose();
  await receiver.close();
});

const start = async (env: Record<string, string> = {}): Promise<void> => {
  server = await startServer({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env });
};

/** The context of a trace that a caller began. */
const trace = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";
const traceparent = (sampled = true) => `00-${trace}-${parent}-0${sampled ? 1 : 0}`;

const named = (name: string): ReceivedSpan[] => receiver.spans.filter((span) => span.name === name);
const auth = () => ({ authorization: `Bearer ${server.token}` });

describe("a traced server", () => {
  it("continues the caller's trace, and has only harmless attributes of the request", async () => {
    await start({ OTEL_SERVICE_NAME: "roster-in-berlin", OTEL_RESOURCE_ATTRIBUTES: "zone=b" });
    await fetch(`${server.url}/customers/jane@private.example?q=jane`, {
      method: "PUT",
      headers: { ...auth(), "content-type": "application/json", traceparent: traceparent() },
      body: JSON.stringify({ gender: "jane" }),
    });
    expect(await server.stop()).toBe(0);

    expect(receiver.resource).toMatchObject({ "service.name": "roster-in-berlin", zone: "b" });
    expect([...receiver.paths]).toEqual(["/v1/traces"]);
    const [span] = named("PUT /customers/{id}");
    expect(span).toMatchObject({ traceId: trace, parentSpanId: parent, kind: 2 });
    expect(span?.attributes).toEqual({
      "http.request.method": "PUT",
      "http.route": "/customers/{id}",
      "http.response.status_code": expect.any(Number) as number,
      "roster.surface": "maiascore",
      "roster.request": expect.any(String) as string,
      "roster.tenant": 1,
      "roster.code": expect.any(String) as string,
    });
    expect(receiver.text()).not.toMatch(/jane/i);
  });

  it("shows a change's wait, and the other changes in its commit", async () => {
    await start();
    const rpc = rpcOf(server.url, server.token);
    await Promise.all(Array.from({ length: 20 }, (_, i) => rpc("customer.create", { name: `${i}` })));
    await server.stop();

    const requests = named("POST /trpc/customer.create");
    const waits = named("write queue");
    const commits = named("group commit");
    expect(requests).toHaveLength(20);
    expect(waits).toHaveLength(20);
    expect(commits.length).toBeLessThan(20);
    for (const wait of waits) {
      expect(requests.some(({ spanId }) => spanId === wait.parentSpanId)).toBe(true);
      const commit = commits.find(({ spanId }) => spanId === wait.links[0]?.spanId);
      expect(commit?.links.map(({ spanId }) => spanId)).toContain(wait.spanId);
    }
    for (const { links, attributes, parentSpanId } of commits) {
      expect(links).toHaveLength(attributes["roster.batch_size"] as number);
      expect(links[0]?.spanId).toBe(parentSpanId);
      expect(attributes["roster.end"]).toBe("stored");
    }
    expect(commits.reduce((sum, { links }) => sum + links.length, 0)).toBe(20);
  });

  it("puts the trace of each log line into it", async () => {
    await start({ LOG_LEVEL: "debug" });
    const headers = { ...auth(), traceparent: traceparent() };
    await (await fetch(`${server.url}/api/customers/nobody`, { headers })).text();
    await expect.poll(() => server.output()).toContain(`"trace":"${trace}"`);
  });

  it("keeps the traces that its sampler selects", async () => {
    await start({ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" });
    const ask = (headers: Record<string, string>) =>
      fetch(`${server.url}/api/customers`, { headers: { ...auth(), ...headers } });
    await ask({});
    await ask({ traceparent: traceparent(false) });
    await ask({ traceparent: traceparent() });
    await server.stop();
    expect(receiver.spans.map(({ traceId }) => traceId)).toEqual([trace]);
  });

  it("sends the configured headers to the address for traces", async () => {
    await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/at/last`,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret",
    });
    await fetch(`${server.url}/healthz`);
    await server.stop();
    expect([...receiver.paths]).toEqual(["/at/last"]);
    expect(receiver.headers["x-key"]).toBe("secret");
  });

  it("works, warns once and stops in time if its traces are not received", async () => {
    await receiver.close();
    await start({ LOG_LEVEL: "warn", OTEL_EXPORTER_OTLP_TIMEOUT: "500" });
    for (let i = 0; i < 3; i++) expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const begun = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(8_000);
    expect(server.output().split("traces cannot be sent")).toHaveLength(2);
    receiver = await startReceiver();
  });
});

describe("a server without a receiver, or with traces turned off", () => {
  it.each([
    ["OTEL_EXPORTER_OTLP_ENDPOINT", ""],
    ["OTEL_SDK_DISABLED", "true"],
    ["OTEL_TRACES_EXPORTER", "none"],
  ])("sends nothing (%s=%s)", async (name, value) => {
    await start({ [name]: value });
    await fetch(`${server.url}/healthz`, { headers: { traceparent: traceparent() } });
    expect(await server.stop()).toBe(0);
    expect(receiver.text()).toBe("");
  });
});
