import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { createClient } from "@roster/client";

const token = "the-token-of-these-tests";
let app;
let url;
let client;
before(async () => {
  app = spawn(
    process.execPath,
    ["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", "0"],
    {
      cwd: import.meta.dirname,
      env: { ...process.env, ROSTER_TOKEN: token, DATABASE_URL: "sqlite::memory:" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  url = await new Promise((resolve, reject) => {
    let output = "";
    app.stdout.on("data", (chunk) => {
      output += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (found) resolve(found[0]);
    });
    app.once("exit", () => reject(new Error(output)));
  });
  client = createClient({ url: `${url}/roster`, token });
});
after(async () => {
  app.kill("SIGTERM");
  if (app.exitCode === null) await once(app, "exit");
});

/** The page, and its forms as a browser without scripts sees them: the hidden fields of each. */
async function page(response) {
  const html = await response.text();
  const forms = [...html.matchAll(/<form.*?<\/form>/gs)].map(([text]) => ({
    text,
    hidden: [...text.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)].map(
      ([, name, value = ""]) => [name, value.replaceAll("&quot;", '"').replaceAll("&amp;", "&")],
    ),
  }));
  return { html, forms };
}
const get = async () => page(await fetch(url));

async function send({ hidden }, typed) {
  const body = new FormData();
  for (const [name, value] of [...hidden, ...Object.entries(typed)]) body.append(name, value);
  return page(await fetch(url, { method: "POST", headers: { origin: url }, body }));
}

test("the page creates a customer, lists it and changes it", async () => {
  const empty = await get();
  assert.equal(empty.forms.length, 1);
  await send(empty.forms[0], { name: "Acme", email: "hello@acme.example" });

  const { forms } = await get();
  assert.match(forms[0].text, /value="Acme"/);
  await send(forms[0], { name: "Acme Inc.", email: "hello@acme.example" });
  assert.match((await get()).forms[0].text, /value="Acme Inc\."/);
  const { items } = await client.customer.list.query();
  assert.deepEqual(
    items.map(({ name, version }) => ({ name, version })),
    [{ name: "Acme Inc.", version: 2 }],
  );
});

test("a fault shows at its field, and what was typed stays", async () => {
  const { forms } = await get();
  const refused = await send(forms[0], { name: "Acme", email: "nobody" });
  assert.match(refused.forms[0].text, /value="nobody".*role="alert"[^>]*>[^<]*is not an email address/s);
});

test("a change from elsewhere is not overwritten", async () => {
  const { forms } = await get();
  const { items } = await client.customer.list.query();
  await client.customer.update.mutate({ where: { id: items[0].id }, patch: { job: "maker" } });
  const refused = await send(forms[0], { name: "Mine", email: "" });
  assert.match(refused.html, /Someone else changed it/);
});

test("Roster's own surfaces answer below /roster, and refuse a wrong token", async () => {
  const ask = (given) =>
    fetch(`${url}/roster/api/customers`, {
      method: "POST",
      headers: { authorization: `Bearer ${given}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "REST" }),
    });
  assert.equal((await ask(token)).status, 201);
  assert.equal((await ask("wrong")).status, 401);

  const controller = new AbortController();
  for await (const change of client.change.watch({ after: 0 }, { signal: controller.signal })) {
    assert.equal(change.seq > 0, true);
    controller.abort();
  }
});
