import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRoster } from "@roster/server/testing";
import { start } from "./server.js";

let roster;
before(async () => {
  const options = { secret: "a secret of 32 characters or more", allow: ["127.0.0.1"] };
  roster = await startRoster({ webhooks: options });
});
after(() => roster.close());

test("events of a Roster arrive signed, once each and in order", async () => {
  const events = [];
  const all = Promise.withResolvers();
  // The secret is known once the webhook is made, and the webhook needs the address.
  const { id, secret } = await roster.client.webhook.create.mutate({
    url: "http://127.0.0.1:5999/",
    events: ["customer.*"],
  });
  const receiver = await start({
    secret,
    port: 0,
    processed(event) {
      events.push([event.type, event.data.version]);
      if (events.length === 3) all.resolve();
    },
  });
  try {
    await roster.client.webhook.update.mutate({ where: { id }, patch: { url: receiver.url } });
    const customer = await roster.make.customer();
    const where = { id: customer.id };
    await roster.client.customer.update.mutate({ where, patch: { name: "Changed" } });
    await roster.client.customer.delete.mutate({ where });
    await all.promise;
    assert.deepEqual(events, [
      ["customer.created", 1],
      ["customer.updated", 2],
      ["customer.deleted", 3],
    ]);
    assert.equal((await fetch(receiver.url, { method: "POST", body: "{}" })).status, 401);
  } finally {
    await receiver.stop();
  }
});
