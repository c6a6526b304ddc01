import { mkdtempSync, rmSync } from "node:fs";
import { Session, type Profiler } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createApi } from "@roster/api";

/**
 * Prints, as JSON, the files of the api that serve one update by tRPC: those that every request uses, and
 * those of the update alone. A file counts if one of its functions runs in the serving thread between the
 * request and its answer.
 */

const token = "the-token-of-the-update-path";
// A file, because a temporary database has no writing thread.
const folder = mkdtempSync(join(tmpdir(), "roster-update-path-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const api = await createApi({ databaseUrl: `sqlite:${join(folder, "roster.db")}`, token });

async function call(procedure: string, input?: object): Promise<{ id: string }> {
  const response = await api.fetch(
    new Request(`http://localhost/trpc/${procedure}`, {
      method: input ? "POST" : "GET",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
      },
      ...(input && { body: JSON.stringify(input) }),
    }),
  );
  const { result } = (await response.json()) as { result: { data: { id: string } } };
  return result.data;
}

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });

/** The files of the api in which a function ran since the previous call. */
async function filesRun(): Promise<string[]> {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const ran = ({ functions }: Profiler.ScriptCoverage) =>
    functions.some(({ ranges: [whole] }) => (whole?.count ?? 0) > 0);
  return result
    .filter(ran)
    .map(({ url }) => /\/apps\/api\/src\/(.*)$/.exec(url)?.[1])
    .filter((path) => path !== undefined)
    .toSorted();
}

const { id } = await call("customer.create", { name: "Acme", properties: { plan: "free" } });
const update = (name: string) =>
  call("customer.update", {
    where: { id },
    patch: { name, phone: "+44 20 7946 0182", properties: { plan: name } },
    reason: "plan change",
  });
// One-time work is done by then, and no other process seems to write (see `Writer.isAlone`).
await update("first");
await pause(1_100);
await update("alone");
/** The files that a call always runs through, and not only when the cache of tokens has expired. */
async function filesOf(once: (attempt: number) => Promise<unknown>): Promise<string[]> {
  let always: string[] | undefined;
  for (let attempt = 0; attempt < 4; attempt++) {
    await call("me.get");
    await filesRun();
    await once(attempt);
    const ran = new Set(await filesRun());
    always = (always ?? [...ran]).filter((path) => ran.has(path));
  }
  return always ?? [];
}

const anyRequest = new Set(await filesOf(() => call("me.get")));
const all = await filesOf((attempt) => update(`plan ${attempt}`));
await api.close();
process.stdout.write(
  JSON.stringify({
    request: all.filter((path) => anyRequest.has(path)),
    update: all.filter((path) => !anyRequest.has(path)),
  }),
);
