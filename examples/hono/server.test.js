import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "@roster/client";
import { start } from "./server.js";

const token = "the-token-of-these-tests";
let app;
before(async () => (app = await start({ databaseUrl: "sqlite::memory:", token, port: 0 })));
after(() => app.stop());

test("a page of the app calls Roster in process", async () => {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${app.url}/hello/acme`, { headers });
  assert.deepEqual(await response.json(), { hello: "acme", number: 1 });
});

test("the typed client calls Roster through the app", async () => {
  const client = createClient({ url: `${app.url}/roster`, token });
  const { id } = await client.customer.create.mutate({ name: "Through the app" });
  const { version } = await client.customer.update.mutate({ where: { id }, patch: { name: "Changed" } });
  assert.equal(version, 2);

  const controller = new AbortController();
  for await (const change of client.change.watch({ after: 0 }, { signal: controller.signal })) {
    assert.equal(change.seq > 0, true);
    controller.abort();
  }
});

test("REST works there too, and a wrong token is refused", async () => {
  const ask = (given) =>
    fetch(`${app.url}/roster/api/customers`, {
      method: "POST",
      headers: { authorization: `Bearer ${given}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "REST" }),
    });
  assert.equal((await ask(token)).status, 201);
  assert.equal((await ask("wrong")).status, 401);
});
