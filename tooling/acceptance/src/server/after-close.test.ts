import { createApi } from "@roster/api";
import { expect, it } from "vitest";
import { newDatabase } from "../server.ts";

/** An api that a program has closed, or closes while it answers. */

const token = "a-token-for-an-api-that-closes";

async function openApi() {
  const database = await newDatabase();
  const api = await createApi({ databaseUrl: database.url, token });
  const call = (path: string, body?: object, bearer = token) =>
    api.fetch(
      new Request(`http://roster.example${path}`, {
        method: body ? "POST" : "GET",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  return { api, call, drop: () => database.drop() };
}

it("is unavailable afterwards, for tokens that it knew and those that it did not", async () => {
  const { api, call, drop } = await openApi();
  const { id } = (await (await call("/api/customers", { name: "Ada" })).json()) as { id: string };
  await api.close();
  await api.close();
  const calls = [
    call(`/api/customers/${id}`),
    call("/api/customers"),
    call("/api/customers", { name: "Bea" }),
    call("/trpc/customer.list"),
    call("/trpc/customer.create", {}),
    call("/api/changes"),
    call(`/api/customers/${id}`, undefined, "another-token"),
    call("/trpc/customer.create", {}, "another-token"),
    call("/readyz"),
  ];
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(calls.map(() => 503));
  const ofToken = api.reports("another-token");
  await expect(ofToken.count("customer")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await drop();
});

it("answers each call that is under way, or is unavailable for it", async () => {
  const { api, call, drop } = await openApi();
  const calls = Array.from({ length: 40 }, (_, i) => [
    call("/api/customers?limit=50"),
    call("/api/customers", { name: `customer ${i}` }),
    call("/trpc/customer.list", undefined, `token-${i}`),
  ]).flat();
  await new Promise((resolve) => setImmediate(resolve));
  await api.close();
  for (const { status } of await Promise.all(calls)) expect([200, 201, 401, 503]).toContain(status);
  await drop();
});
