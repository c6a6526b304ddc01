import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { createClient } from "./client.ts";
import { isAborted } from "./errors.ts";
import { fakeRoster } from "./testing/fake-roster.ts";

it("a signal that outlives its calls keeps nothing of them, and still aborts", async () => {
  const abort = new AbortController();
  const { signal } = abort;
  const { fetch } = fakeRoster(() => ({ id: "x" }));
  const client = createClient({ url: "http://roster.test", token: "t", fetch });
  for (let i = 0; i < 3; i++) await client.customer.get.query({ where: { id: "x" } }, { signal });
  await client.customer.create.mutate({}, { signal });
  expect(getEventListeners(signal, "abort")).toEqual([]);
  const aborted = client.customer.get.query({ where: { id: "x" } }, { signal });
  abort.abort();
  expect(isAborted(await aborted.catch((error: unknown) => error))).toBe(true);
});
