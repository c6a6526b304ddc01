import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalClient } from "@roster/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createApi } from "../../compose.ts";
import { startPostgres, type PostgresServer } from "../postgres-server.ts";
import { dump, load } from "./dump.ts";

/** The dumps that `npm run fixtures` makes. */

const token = "token-of-the-dump-test";
let home: string;
let postgres: PostgresServer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "roster-dump-"));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.dispose();
  await rm(home, { recursive: true, force: true });
});

it.each(["sqlite", "postgres"])(
  "a database of this release on %s can be dumped, and loaded into an empty one with all that is in it",
  async (database) => {
    const newUrl = async (name: string) =>
      database === "sqlite" ? `sqlite:${join(home, `${name}.db`)}` : postgres.createDatabase();
    const url = await newUrl("original");
    const api = await createApi({ databaseUrl: url, token });
    const { customer } = createLocalClient(api, { token });
    await customer.create.mutate({ providedId: "acme", name: "Acme" });
    await customer.update.mutate({ where: { providedId: "acme" }, patch: { name: "It's Acme" } });
    await api.close();
    const text = await dump(url);

    const copy = await newUrl("copy");
    await load(copy, text);
    expect(await dump(copy)).toBe(text);
    const again = await createApi({ databaseUrl: copy });
    const { items } = await createLocalClient(again, { token }).customer.list.query({ search: "it's acm" });
    await again.close();
    expect(items.map(({ providedId, version }) => [providedId, version])).toEqual([["acme", 2]]);
  },
);
