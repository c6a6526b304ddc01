import { createLocalClient } from "@roster/client";
import { createApi } from "@roster/server";

/** The token with which this app calls Roster; on an empty database it becomes the admin token. */
const token = process.env.ROSTER_TOKEN;

/** Next may load this module several times in one process, and all of them share one Roster. */
const opened = Symbol.for("roster-example-next");

/** The Roster of this process, opened at the first call. A start that fails is tried again at the next call. */
export const openRoster = () =>
  (globalThis[opened] ??= open().catch((error) => {
    delete globalThis[opened];
    throw error;
  }));

async function open() {
  if (!token) throw new Error("ROSTER_TOKEN is missing: the token with which this app calls Roster");
  const api = await createApi({ databaseUrl: process.env.DATABASE_URL ?? "sqlite:.data/roster.db", token });
  process.once("SIGTERM", () => {
    api.hangUp();
    void api.close();
  });
  return { api, client: createLocalClient(api, { token }) };
}
