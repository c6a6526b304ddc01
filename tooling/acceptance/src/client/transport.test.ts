import { freePort } from "@roster/api/testing/free-port";
import { createClient, networkFailure, rosterError, type Fetch } from "@roster/client";
import { describe, expect, it } from "vitest";
import { startServer } from "../server.ts";
import { useServer } from "../use-server.ts";

const { server } = useServer();

/** A client, and the requests it made. */
function counted(url: string, token: string) {
  const requests: string[] = [];
  const fetch: Fetch = (to, init) => {
    requests.push(`${init.method} ${decodeURIComponent(new URL(to).pathname)}`);
    return globalThis.fetch(to, init);
  };
  return { client: createClient({ url, token, fetch }), requests };
}

describe("calls made at the same time", () => {
  it("share one request, and each has its own outcome", async () => {
    const { client, requests } = counted(server.url, server.token);
    const outcomes = await Promise.allSettled([
      client.customer.create.mutate({ name: "a" }),
      client.customer.create.mutate({ email: "nobody" }),
      client.customer.create.mutate({ name: "c" }),
    ]);
    expect(requests).toEqual(["POST /trpc/customer.create,customer.create,customer.create"]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const [, refused] = outcomes;
    expect(refused?.status === "rejected" && rosterError(refused.reason)?.code).toBe("INVALID");
  });

  it("all set their own key of the same record", async () => {
    const { client } = counted(server.url, server.token);
    const { id } = await client.customer.create.mutate({});
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    await Promise.all(
      keys.map((key) =>
        client.customer.update.mutate({ where: { id }, patch: { properties: { [key]: true } } }),
      ),
    );
    const { properties, version } = await client.customer.get.query({ where: { id } });
    expect(Object.keys(properties ?? {}).toSorted()).toEqual(keys.toSorted());
    expect(version).toBe(41);
  });

  it("are not refused for their total size", async () => {
    const { client } = counted(server.url, server.token);
    for (const blob of ["x".repeat(60_000), "字".repeat(9_000)]) {
      const made = await Promise.all(
        Array.from({ length: 64 }, () => client.customer.create.mutate({ properties: { blob } })),
      );
      expect(new Set(made.map(({ id }) => id)).size).toBe(64);
    }
  });
});

it("a body over the limit is refused as too large", async () => {
  const { client } = counted(server.url, server.token);
  const error: unknown = await client.customer.create
    .mutate({ properties: { blob: "x".repeat(2_000_000) } })
    .catch((thrown: unknown) => thrown);
  expect(rosterError(error)?.code).toBe("TOO_LARGE");
});

it("a URL that is not Roster's gives a clear error", async () => {
  const { client } = counted(`${server.url}/elsewhere`, server.token);
  const error: unknown = await client.me.get.query().catch((thrown: unknown) => thrown);
  expect(networkFailure(error)?.status).toBe(404);
  expect(String(error)).toContain("is the url right?");
});

describe("while the server is down", () => {
  it("a mutation waits until it is back, and takes effect once", async () => {
    const port = await freePort();
    const { client, requests } = counted(`http://127.0.0.1:${port}`, server.token);
    const patient = createClient({ url: `http://127.0.0.1:${port}`, token: server.token, retries: 8 });
    const call = patient.customer.create.mutate({ name: "early" });
    const late = await startServer({ PORT: String(port) });
    try {
      expect(await call).toMatchObject({ name: "early", number: 1, version: 1 });
      expect((await client.customer.list.query()).items).toHaveLength(1);
      expect(requests).toHaveLength(1);
    } finally {
      await late.dispose();
    }
  });

  it("a call fails as never sent once its attempts are used up", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const client = createClient({ url, token: "t", retries: 1 });
    const error: unknown = await client.customer.create.mutate({}).catch((thrown: unknown) => thrown);
    expect(networkFailure(error)?.sent).toBe(false);
    expect(String(error)).toContain("ECONNREFUSED");
  });
});
