import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TRPCError } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApi, type Api, type ApiConfig } from "../../compose.ts";

/** The metrics of an api in this process. */

let folder: string;
const apis: Api[] = [];
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "roster-metrics-"))));
afterAll(async () => {
  await Promise.all(apis.map((api) => api.close()));
  await rm(folder, { recursive: true, force: true });
});

async function start(config: Partial<ApiConfig> = {}): Promise<Api> {
  const databaseUrl = `sqlite:${join(folder, `${apis.length}.db`)}`;
  const api = await createApi({ databaseUrl, token: "admin", metricsToken: "scrape", ...config });
  apis.push(api);
  return api;
}

const ask = (
  api: Api,
  path: string,
  init: Pick<RequestInit, "method" | "body"> = {},
  token = "admin",
): Promise<Response> =>
  api.fetch(
    new Request(`http://roster${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    }),
  );
const call = (api: Api, procedure: string, input: object) =>
  ask(api, `/trpc/${procedure}`, { method: "POST", body: JSON.stringify(input) });
const scrape = async (api: Api): Promise<string> => (await ask(api, "/metrics", {}, "scrape")).text();
/** The lines of one metric. */
const of = (text: string, name: string): string[] =>
  text.split("\n").filter((line) => new RegExp(`^${name}[{ ]`).test(line));

describe("/metrics", () => {
  it.each([
    ["no token", ""],
    ["an admin's token", "admin"],
    ["a wrong one", "scrapes"],
  ])("refuses %s", async (_, token) => {
    const api = await start();
    const response = await ask(api, "/metrics", {}, token);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await response.text()).not.toContain("roster_");
  });

  it("does not exist without a configured token", async () => {
    const api = await start({ metricsToken: undefined });
    expect((await ask(api, "/metrics", {}, "scrape")).status).toBe(404);
  });

  it("counts requests by route, whatever their paths contain", async () => {
    const api = await start();
    for (const id of ["jane", "joe", "a%20b"]) await ask(api, `/api/customers/${id}?q=${id}`);
    await ask(api, "/customers/jane", { method: "PUT", body: "{}" });
    await ask(api, "/customers/jane", { method: "DELETE" });
    for (const method of ["JANE", "JOE"]) await ask(api, "/jane", { method });
    await ask(api, "/trpc/customer.nothing");
    const text = await scrape(api);
    expect(of(text, "roster_http_requests_total")).toEqual([
      'roster_http_requests_total{surface="rest",method="GET",route="/api/customers/{id}",status="422"} 3',
      'roster_http_requests_total{surface="maiascore",method="PUT",route="/customers/{id}",status="404"} 1',
      'roster_http_requests_total{surface="maiascore",method="DELETE",route="/customers/{id}",status="405"} 1',
      'roster_http_requests_total{surface="other",method="_OTHER",route="unmatched",status="404"} 2',
      'roster_http_requests_total{surface="trpc",method="GET",route="/trpc/*",status="404"} 1',
    ]);
    expect(of(text, "roster_http_request_duration_seconds_count")).toContain(
      'roster_http_request_duration_seconds_count{surface="rest",method="GET",route="/api/customers/{id}"} 3',
    );
    expect(text).not.toMatch(/jane|joe/i);
  });

  it("counts each call of a tRPC request, and calls in process, by procedure and code", async () => {
    const api = await start();
    const batch = { 0: { name: "a" }, 1: { name: 1 } };
    await call(api, "customer.create,customer.create?batch=1", batch);
    const local = api.router.createCaller(api.context("admin"));
    await local.customer.create({ name: "b" });
    const text = await scrape(api);
    expect(of(text, "roster_procedure_calls_total").toSorted()).toEqual([
      'roster_procedure_calls_total{procedure="customer.create",code="INVALID"} 1',
      'roster_procedure_calls_total{procedure="customer.create",code="OK"} 2',
    ]);
    expect(of(text, "roster_procedure_duration_seconds_count")).toEqual([
      'roster_procedure_duration_seconds_count{procedure="customer.create"} 3',
    ]);
  });

  it("reports how changes are batched, committed and refused", async () => {
    const api = await start({ maxQueue: 3 });
    const before = Number(of(await scrape(api), "roster_write_batch_size_sum")[0]?.split(" ")[1]);
    const local = api.router.createCaller(api.context("admin"));
    // Once the token is cached, calls in process reach the queue in the turn in which they are made.
    await local.me.get();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => local.customer.create({ referenceId: i < 2 ? "a" : `${i}` })),
    );
    expect(
      outcomes.map((one) => (one.status === "fulfilled" ? "OK" : (one.reason as TRPCError).cause)),
    ).toMatchObject(["OK", { code: "CONFLICT" }, "OK", { code: "OVERLOADED" }, { code: "OVERLOADED" }]);
    const text = await scrape(api);
    expect(of(text, "roster_writes_refused_total").toSorted()).toEqual([
      'roster_writes_refused_total{code="CONFLICT"} 1',
      'roster_writes_refused_total{code="OVERLOADED"} 2',
    ]);
    expect(of(text, "roster_write_batch_size_sum")).toEqual([`roster_write_batch_size_sum ${before + 3}`]);
    expect(of(text, "roster_write_queue_wait_seconds_count")).toEqual([
      `roster_write_queue_wait_seconds_count ${before + 3}`,
    ]);
    expect(of(text, "roster_write_queue_depth")).toEqual(["roster_write_queue_depth 0"]);
    const [stored] = of(text, "roster_write_transactions_total");
    expect(stored).toMatch(/^roster_write_transactions_total\{end="stored"\} [1-9]/);
    for (const name of ["roster_commit_duration_seconds", "roster_write_transaction_duration_seconds"]) {
      expect(of(text, `${name}_count`)[0]?.split(" ")[1]).toBe(stored?.split(" ")[1]);
    }
  });

  it("belongs to one api even if the process has several, and includes the metrics of the process", async () => {
    const [one, two] = [await start(), await start()];
    await ask(one, "/healthz");
    expect(await scrape(one)).toContain('route="/healthz"');
    const text = await scrape(two);
    expect(text).not.toContain('route="/healthz"');
    expect(of(text, "nodejs_eventloop_lag_p99_seconds")).toHaveLength(1);
    expect(of(text, "process_cpu_seconds_total")).toHaveLength(1);
  });
});
