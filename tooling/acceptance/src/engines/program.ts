/**
 * A program that must run in every engine, as one module: `check(url, token)` returns its observations. It
 * uses only features that all engines have.
 */
export const program = `
import {
  createClient, faults, isAborted, isDenied, isInvalid, isNetworkFailure, isNotFound, isReplay, isStale, localCopy,
  networkFailure, versionConflict,
} from "@roster/client";
import { exportRecords, importRecords } from "@roster/client/import";

const refused = (call) => call.then(() => undefined, (error) => error);

export async function check(url, token) {
  const client = createClient({ url, token });
  const seen = {};

  const acme = await client.customer.create.mutate({
    name: "Zoë 🐦", emails: ["a@x.example"], properties: { since: "2024-05-06", plan: { name: "pro" } },
    activationDate: new Date("2024-05-06T07:08:09.123Z"),
  });
  const where = { id: acme.id };
  seen.decoded = [acme.createdAt instanceof Date, acme.activationDate.toISOString(), acme.properties.since, acme.name];

  // Calls of one tick share a request; a large one has its own.
  const [one, many, counted] = await Promise.all([
    client.customer.get.query({ where }),
    client.customer.list.query({ filter: { ids: Array.from({ length: 100 }, () => acme.id) } }),
    client.customer.count.query({}),
  ]);
  seen.together = [one.name === acme.name, many.items.length, counted.count >= 1];

  const invalid = await refused(client.customer.update.mutate({ where, patch: { email: "nobody", gender: "?" } }));
  seen.invalid = [isInvalid(invalid), Object.keys(faults(invalid)).sort()];
  await client.customer.update.mutate({ where, patch: { name: "Changed" } });
  const stale = await refused(client.customer.update.mutate({ where, patch: { name: "Mine" }, expectedVersion: 1 }));
  seen.stale = [isStale(stale), versionConflict(stale).currentVersion];
  seen.denied = isDenied(await refused(createClient({ url, token: "wrong" }).me.get.query()));
  seen.missing = isNotFound(await refused(client.customer.get.query({ where: { providedId: "nobody" } })));

  const again = { where, patch: { job: "maker" }, idempotencyKey: "engine-" + acme.id };
  await client.customer.update.mutate(again);
  seen.replayed = isReplay(await client.customer.update.mutate(again));

  // Nothing listens there.
  const away = await refused(createClient({ url: "http://127.0.0.1:5", token, retries: 0 }).me.get.query());
  seen.away = [isNetworkFailure(away), typeof networkFailure(away)?.sent];
  const ended = new AbortController();
  ended.abort();
  seen.aborted = isAborted(await refused(client.me.get.query(undefined, { signal: ended.signal })));

  const watching = new AbortController();
  const after = (await client.change.list.query({ limit: 1000 })).next;
  const watched = (async () => {
    const names = [];
    for await (const change of client.change.watch({ after, types: ["customer"] }, { signal: watching.signal })) {
      names.push([change.action, change.at instanceof Date]);
      if (names.length === 2) watching.abort();
    }
    return names;
  })();
  const copy = await localCopy(client, "customer", { filter: { ids: [acme.id] } });
  for (const name of ["First", "Second"]) await client.customer.update.mutate({ where, patch: { name } });
  seen.watched = await watched;
  await copy.reaches(after + 2);
  seen.copied = copy.records.get(acme.id).name;
  copy.end();

  const file = new Blob(["providedId,name\\n", "engine-a,A\\n", "engine-b,\\"B, b\\"\\n"]);
  const { created, updated, unchanged } = await importRecords(client, file, { type: "customer", key: "providedId" });
  seen.imported = created + updated + unchanged;
  const { text } = await exportRecords(client, { type: "customer", fields: ["providedId", "name"] });
  let whole = "";
  for await (const piece of text) whole += piece;
  seen.exported = whole.includes('engine-b,"B, b"');
  return seen;
}
`;

/** The observations that the program must make in every engine. */
export const seen = {
  decoded: [true, "2024-05-06T07:08:09.123Z", "2024-05-06", "Zoë 🐦"],
  together: [true, 1, true],
  invalid: [true, ["/patch/email", "/patch/gender"]],
  stale: [true, 2],
  denied: true,
  missing: true,
  replayed: true,
  away: [true, "boolean"],
  aborted: true,
  watched: [
    ["update", true],
    ["update", true],
  ],
  copied: "Second",
  imported: 2,
  exported: true,
};
