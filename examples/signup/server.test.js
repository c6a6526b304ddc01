import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { start } from "./server.js";

let folder;
let service;
const open = async () => start({ file: join(folder, "users.json"), port: 0 });
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "signup-"));
  service = await open();
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true });
});

async function send(method, path, body) {
  const response = await fetch(service.url + path, { method, ...(body && { body: JSON.stringify(body) }) });
  return { status: response.status, body: await response.json() };
}

test("a signup is kept, also across a restart", async () => {
  const { status, body } = await send("POST", "/users", { username: "ada", email: "ada@x.example" });
  assert.equal(status, 200);
  assert.equal(body.version, 1);
  const changed = await send("PATCH", `/users/${body.id}`, { firstName: "Ada", email: null });
  assert.deepEqual([changed.body.firstName, changed.body.email, changed.body.version], ["Ada", null, 2]);
  await service.stop();
  service = await open();
  assert.equal((await send("GET", `/users/${body.id}`)).body.firstName, "Ada");
});

test("all faults are told at once, at their places", async () => {
  const { status, body } = await send("POST", "/users", { username: "bob", email: "nobody", usrname: 1 });
  assert.equal(status, 422);
  assert.deepEqual(body.faults.map(({ pointer }) => pointer).toSorted(), ["/email", "/usrname"]);
});

test("a name is given once, however many ask for it at the same time", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => send("POST", "/users", { username: "eve" })));
  assert.deepEqual(all.map(({ status }) => status).toSorted(), [200, 409, 409, 409, 409]);
});
