import type { JsonObject } from "@roster/domain";
import { afterAll, beforeAll, expect, it } from "vitest";
import { audit } from "../guarantees/audit.ts";
import { rpcOf } from "../rpc.ts";
import { newDatabase, startServer, type Server, type TestDatabase } from "../server.ts";
import { clientOf, patchOf, sorted } from "./scim.ts";

/** 16 writers add members to one group at the same time, and the server is killed in between. */

const writers = 16;
const each = 12;
let database: TestDatabase;
let server: Server;
const env = () => ({ DATABASE_URL: database.url, ROSTER_TOKEN: "writers-of-one-group" });
beforeAll(async () => {
  database = await newDatabase();
  server = await startServer(env());
});
afterAll(async () => {
  await server.dispose();
  await database.drop();
});

it("loses no member, also when the server is killed while they write", async () => {
  let rpc = rpcOf(server.url, server.token);
  let { scim } = clientOf(server.url, () => server.token);
  const users = await Promise.all(
    Array.from({ length: writers * each }, async (_, i) => {
      const { body } = await scim("POST", "/Users", { userName: `writer-${i}` });
      return body["id"] as string;
    }),
  );
  const { id } = (await scim("POST", "/Groups", { displayName: "Everybody" })).body;
  const path = `/Groups/${id as string}`;

  let acknowledged = 0;
  let restarted: Promise<void> | undefined;
  const restart = async () => {
    await server.stop("SIGKILL");
    server = await startServer(env());
    rpc = rpcOf(server.url, server.token);
    ({ scim } = clientOf(server.url, () => server.token));
  };
  /** Adds a member until that is acknowledged. */
  const add = async (member: string): Promise<void> => {
    for (let attempts = 0; attempts < 50; attempts++) {
      await restarted;
      try {
        const patch = patchOf({ op: "Add", path: "members", value: [{ value: member }] });
        const { status } = await scim("PATCH", path, patch, { accept: "*/*" });
        if (status === 204) {
          acknowledged++;
          // Half of the work is done: the other writers have requests in flight.
          if (acknowledged === (writers * each) / 2) restarted = restart();
          return;
        }
      } catch {
        // The server was killed with this request in flight, so it is unknown whether it was carried out.
      }
    }
    throw new Error("not acknowledged");
  };
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (const member of users.filter((__, i) => i % writers === writer)) await add(member);
    }),
  );
  await restarted;
  expect(acknowledged).toBe(writers * each);

  const group = (await scim("GET", path)).body;
  const members = (group["members"] as JsonObject[]).map(({ value }) => value);
  expect(sorted(members)).toEqual(sorted(users));
  // Each member is one version, and one entry of the history.
  expect(group["meta"]).toMatchObject({ version: `W/"${users.length + 1}"` });
  let entries = 0;
  for (let cursor: unknown; cursor !== null;) {
    const { data } = await rpc("userGroup.history", {
      where: { id },
      limit: 200,
      ...(cursor !== undefined && { cursor }),
    });
    entries += (data["items"] as object[]).length;
    cursor = data["nextCursor"];
  }
  expect(entries).toBe(users.length + 1);
  expect((await audit(database.url)).problems).toEqual([]);
});
