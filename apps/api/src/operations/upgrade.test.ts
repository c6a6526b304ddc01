import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApi, type Api } from "../compose.ts";
import { operationsOn } from "../store/open-operations.ts";
import { look, tamper } from "../testing/look.ts";
import { startPostgres, type PostgresServer } from "../testing/postgres-server.ts";
import { load } from "../testing/releases/dump.ts";
import { folder, token } from "../testing/releases/make.ts";
import { callerOf, type Call, type Exchange } from "../testing/scene.ts";

/** Databases of earlier releases, opened with this one. */

let home: string;
let postgres: PostgresServer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "roster-upgrade-"));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.dispose();
  await rm(home, { recursive: true, force: true });
});

const releases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();
const databases = ["sqlite", "postgres"] as const;

describe.each(releases)("a database of the release with %s", (release) => {
  describe.each(databases)("on %s", (database) => {
    const read = (ending: string) => readFileSync(join(folder, release, `${database}.${ending}`), "utf8");
    const exchanges = (ending: string) =>
      read(ending)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Exchange);

    let url: string;
    let api: Api;
    let call: Call;
    beforeAll(async () => {
      url = database === "sqlite" ? `sqlite:${join(home, `${release}.db`)}` : await postgres.createDatabase();
      await load(url, read("sql"));
    });
    afterAll(() => api.close());

    it("is migrated once, when it is opened", async () => {
      const state = async () => (await operationsOn(url)).migrationState();
      const before = await state();
      expect(before.applied.at(-1)).toBe(release);
      api = await createApi({ databaseUrl: url });
      call = callerOf(api, token);
      expect(api.firstToken, "it had a tenant already").toBeUndefined();
      expect(await state()).toEqual({
        applied: [...before.applied, ...before.pending],
        pending: [],
        unknown: [],
      });
    });

    it("gives its earlier answers: records, histories, earlier versions, lists", async () => {
      const before = exchanges("answers.jsonl");
      expect(before.length).toBeGreaterThan(40);
      for (const { path, input, answer } of before)
        // A later release may add to an answer.
        expect(await call(path, input), `${path} ${JSON.stringify(input)}`).toMatchObject(answer as object);
    });

    it("recognises repeated requests of that time and does not carry them out again", async () => {
      const before = exchanges("replays.jsonl");
      expect(before.length).toBeGreaterThan(3);
      for (const { path, input, answer } of before)
        expect(await call(path, input), path).toMatchObject(answer as object);
    });

    it("can be updated, and its log continues", async () => {
      const where = { providedId: "group" };
      const get = async () => call("customer.get", { where });
      const seqs = async () =>
        look(url, async ({ all }) =>
          (await all<{ seq: number }>("select seq from change_log where tenant = 1 order by seq")).map(
            ({ seq }) => seq,
          ),
        );
      const log = await seqs();
      expect(log).toEqual(log.map((_, i) => i + 1));
      const before = await get();

      const change = { where, patch: { job: "updated since" }, add: { groupTags: ["blue"] } };
      expect(await call("customer.update", change)).toMatchObject({ applied: true });
      expect(await get()).toMatchObject({
        job: "updated since",
        groupTags: expect.arrayContaining(["red", "blue"]) as unknown,
        version: (before["version"] as number) + 1,
      });
      expect(await seqs()).toEqual([...log, log.length + 1]);
      const found = await call("customer.list", { filter: { groupTag: "blue" } });
      expect(found["items"]).toContainEqual(expect.objectContaining({ id: before["id"] }));
      expect(await call("customer.unmerge", { where: { id: mergedId() } })).not.toHaveProperty("refused");
    });

    /** The duplicate that was merged then. */
    const mergedId = (): unknown =>
      exchanges("answers.jsonl")
        .map(({ answer }) => answer as { mergedInto?: string | null; id?: string })
        .find(({ mergedInto }) => mergedInto)?.id;
  });
});

/** The statements that undo the migration of user groups as far as it concerns users. */
const beforeGroups = [
  "drop table user_groups",
  "drop table user_group_members",
  "drop index users_id",
  ...["external_id", "display_name", "nick_name", "locale", "timezone", "user_type", "properties"].map(
    (column) => `alter table users drop column ${column}`,
  ),
  "delete from search_terms where record_type = 'user' and field = 'userName'",
  "delete from index_builds",
  "delete from migrations where name = '0004-user-groups'",
];

it.each(databases)(
  "users who are older than user groups are found by name in any case: %s",
  async (database) => {
    const url = database === "sqlite" ? `sqlite:${join(home, "groups.db")}` : await postgres.createDatabase();
    const first = await createApi({ databaseUrl: url });
    const made = callerOf(first, first.firstToken ?? "");
    for (const username of ["Ann.Lee", "Ünal.Çelik"]) await made("user.create", { username });
    await first.close();
    await tamper(url, beforeGroups.map((statement) => `${statement};`).join("\n"));

    const later = await createApi({ databaseUrl: url });
    try {
      const call = callerOf(later, first.firstToken ?? "");
      const find = async (userName: string): Promise<unknown> => {
        for (;;) {
          const answer = await call("user.list", { filter: { userName } });
          const refused = answer["refused"] as { faults: { code: string }[] } | undefined;
          if (!refused) return answer["items"];
          expect(refused.faults).toMatchObject([{ code: "index_building" }]);
        }
      };
      expect(await find("ANN.LEE")).toMatchObject([{ username: "Ann.Lee" }]);
      expect(await find("ünal.çelik")).toMatchObject([{ username: "Ünal.Çelik" }]);
    } finally {
      await later.close();
    }
  },
);

it.each([
  ["sqlite", "0002-webhooks"],
  ["postgres", "0002-webhooks"],
  ["sqlite", "0002-finding"],
] as const)(
  "a %s database of before the first release, with %s, is refused in one line",
  async (database, migration) => {
    const url =
      database === "sqlite" ? `sqlite:${join(home, `${migration}.db`)}` : await postgres.createDatabase();
    const id = database === "sqlite" ? "integer" : "serial";
    await load(
      url,
      `create table migrations (id ${id} primary key, name text);
     insert into migrations (name) values ('0001-records'), ('${migration}')`,
    );
    await expect(createApi({ databaseUrl: url })).rejects.toThrow(
      /^the database was made by a program before the first release, .*: start with a new database$/,
    );
  },
);
