import type { JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { rpcOf } from "../rpc.ts";
import { at, customer, fresh, nouns, useRest, type Noun } from "./rest.ts";

/** Versions as entity tags: unchanged records are not sent again, and unseen changes are not overwritten. */

const world = useRest();
const patch = (noun: Noun, record: JsonObject, body: unknown, ifMatch?: string, query = "", token?: string) =>
  world.rest("PATCH", at(noun, record) + query, {
    body,
    ...(ifMatch !== undefined && { headers: { "If-Match": ifMatch } }),
    ...(token !== undefined && { token }),
  });
/** A record at version 3. */
const atThree = async (noun: Noun): Promise<JsonObject> => {
  const record = await world.create(noun, { [noun.text]: "one" });
  await patch(noun, record, { [noun.text]: "two" });
  return (await patch(noun, record, { [noun.text]: "three" })).json;
};

describe.each(nouns)("If-None-Match on a $name", (noun) => {
  it.each(['"3"', 'W/"3"', '"1", "3"', '"x" , W/"3"', ',, "3",', "*", '"a,b", "3"'])(
    "answers 304 without a body for %s",
    async (tags) => {
      const record = await atThree(noun);
      for (const method of ["GET", "HEAD"]) {
        const answer = await world.rest(method, at(noun, record), { headers: { "If-None-Match": tags } });
        expect([answer.status, answer.text]).toEqual([304, ""]);
        expect(answer.headers).toMatchObject({
          etag: '"3"',
          "cache-control": "private, no-cache, no-transform",
        });
      }
    },
  );

  it.each(['"2"', 'W/"4"', '"03"', '""', '"2", "4"'])("answers the record for %s", async (tags) => {
    const record = await atThree(noun);
    const answer = await world.rest("GET", at(noun, record), { headers: { "If-None-Match": tags } });
    expect(answer).toMatchObject({ status: 200, json: record });
  });

  it("answers 404 for a missing record, whatever the tag", async () => {
    const answer = await world.rest("GET", `${noun.path}/nobody`, { headers: { "If-None-Match": "*" } });
    expect(answer.status).toBe(404);
  });
});

describe.each(nouns)("a GET of a $name with If-Match", (noun) => {
  const get = (record: JsonObject, headers: Record<string, string>, method = "GET") =>
    world.rest(method, at(noun, record), { headers });

  it.each(['"3"', "*", '"1", "3"', 'W/"3", "3"'])("answers the record for %s", async (tags) => {
    const record = await atThree(noun);
    expect(await get(record, { "If-Match": tags })).toMatchObject({ status: 200, json: record });
  });

  it.each(['"2"', 'W/"3"', '"3-gzip"', '"x"'])(
    "is refused for %s, before If-None-Match is considered",
    async (tags) => {
      const record = await atThree(noun);
      for (const known of ['"3"', '"2"', "*"]) {
        const headers = { "If-Match": tags, "If-None-Match": known };
        const answer = await get(record, headers);
        expect(answer.json).toMatchObject({ status: 412, code: "STALE_VERSION" });
        expect(answer.json["detail"]).toContain("version 3");
        expect((await get(record, headers, "HEAD")).status).toBe(412);
      }
    },
  );

  it("answers 304 if both conditions allow it", async () => {
    const record = await atThree(noun);
    const answer = await get(record, { "If-Match": '"3"', "If-None-Match": 'W/"3"' });
    expect([answer.status, answer.text]).toEqual([304, ""]);
  });

  it("answers 404 for a missing record", async () => {
    expect((await get({ id: "nobody" }, { "If-Match": '"1"' })).status).toBe(404);
  });
});

describe.each(nouns)("a $name", (noun) => {
  it("must not be transformed by proxies", async () => {
    const record = await world.create(noun);
    for (const answer of [
      await world.rest("GET", at(noun, record)),
      await world.rest("GET", noun.path),
      await world.rest("GET", `${at(noun, record)}/history`),
      await world.rest("POST", noun.path, { body: {} }),
      await patch(noun, record, { [noun.text]: "x" }),
      await world.rest("DELETE", at(noun, record)),
    ]) {
      expect(answer.headers["cache-control"]).toBe("private, no-cache, no-transform");
    }
  });

  it.each([
    ['W/"3"', 'W/"3" is the entity tag "3" altered by a proxy'],
    ['"3-gzip"', '"3-gzip" is the entity tag "3" altered by a proxy'],
    ['"3--gzip"', '"3--gzip" is the entity tag "3" altered by a proxy'],
    ['W/"3;br"', 'W/"3;br" is the entity tag "3" altered by a proxy'],
    ['"three"', '"three" is not the entity tag of a version'],
    ['W/""', 'W/"" is not the entity tag of a version'],
  ])("is not changed with the altered tag %s, and the refusal gives the reason", async (tag, why) => {
    const record = await atThree(noun);
    for (const answer of [
      await patch(noun, record, { [noun.text]: "four" }, tag),
      await patch(noun, record, { [noun.text]: "four" }, tag, "?onConflict=rebase"),
      await world.rest("DELETE", at(noun, record), { headers: { "If-Match": tag } }),
    ]) {
      expect(answer.json).toMatchObject({ status: 412, code: "STALE_VERSION" });
      expect(answer.json["detail"]).toContain(why);
      expect(answer.json["errors"]).toMatchObject([{ header: "If-Match", code: "invalid_format" }]);
      expect(answer.json["conflict"]).toEqual({ currentVersion: 3, changedSince: [] });
    }
    const mixed = (await patch(noun, record, { [noun.text]: "four" }, `"2", ${tag}`)).json;
    expect(mixed["detail"]).toContain("not 2");
    expect(mixed["detail"]).toContain(why);
    expect(mixed["conflict"]).toMatchObject({ expectedVersion: 2 });
  });
});

it("a customer with a parent is sent in full, because inherited values may have changed", async () => {
  const top = await world.create(customer, { hierarchyLevel: "Level 0", properties: { region: "eu" } });
  const below = await world.create(customer, { hierarchyLevel: "Level 1", parent: top["id"] });
  await patch(customer, top, { properties: { region: "us" } });
  const answer = await world.rest("GET", at(customer, below), { headers: { "If-None-Match": '"1"' } });
  expect(answer).toMatchObject({
    status: 200,
    headers: { etag: '"1"' },
    json: { computedProperties: { region: "us" } },
  });
});

describe.each(nouns)("If-Match on a $name", (noun) => {
  it.each(['"3"', '"1", "3"', '"3","2"', ' "nothing" , "3" ', "*", 'W/"3", "3"'])(
    "allows a change of version 3: %s",
    async (tags) => {
      const record = await atThree(noun);
      const changed = await patch(noun, record, { [noun.text]: "four" }, tags);
      expect(changed).toMatchObject({ status: 200, headers: { etag: '"4"' }, json: { version: 4 } });
      const gone = await world.rest("DELETE", at(noun, record), {
        headers: { "If-Match": tags.replaceAll("3", "4") },
      });
      expect(gone).toMatchObject({ status: 200, headers: { etag: '"5"' } });
    },
  );

  it.each(['"2"', '"4"', '"1", "2"', 'W/"3"', '"03"', '""', '"three"', '"99999999999999999999"'])(
    "refuses a change of another version than 3: %s",
    async (tags) => {
      const record = await atThree(noun);
      for (const answer of [
        await patch(noun, record, { [noun.text]: "four" }, tags),
        await patch(noun, record, { [noun.text]: "three" }, tags),
        await world.rest("DELETE", at(noun, record), { headers: { "If-Match": tags } }),
      ]) {
        expect(answer.status).toBe(412);
        expect(answer.headers["content-type"]).toBe("application/problem+json");
        expect(answer.json).toMatchObject({ code: "STALE_VERSION", conflict: { currentVersion: 3 } });
      }
      expect((await world.rest("GET", at(noun, record))).json).toEqual(record);
    },
  );

  it.each([
    "",
    "3",
    '"3 "',
    "'3'",
    '"3',
    '3"',
    '"3" "4"',
    '*, "3"',
    '"3", *',
    "W/3",
    'w/"3"',
    ",",
    '"3";x=1',
    '"3",x',
  ])("cannot be read: %s", async (tags) => {
    const record = await atThree(noun);
    for (const answer of [
      await patch(noun, record, { [noun.text]: "four" }, tags),
      await world.rest("DELETE", at(noun, record), { headers: { "If-Match": tags } }),
    ]) {
      expect(answer.json).toMatchObject({ status: 400, code: "MALFORMED", errors: [{ header: "If-Match" }] });
    }
    const read = await world.rest("GET", at(noun, record), { headers: { "If-None-Match": tags } });
    expect(read.json).toMatchObject({ status: 400, errors: [{ header: "If-None-Match" }] });
  });

  it("leads to a list of the changes since the latest given version, with time and author", async () => {
    const record = await atThree(noun);
    const { json } = await patch(noun, record, { [noun.text]: "four" }, '"1", "2", "9"');
    expect(json["conflict"]).toEqual({
      expectedVersion: 2,
      currentVersion: 3,
      changedSince: [
        { path: `/${noun.text}`, version: 3, at: record["updatedAt"], actor: record["updatedBy"] },
      ],
    });
  });

  it("cannot be replaced by If-None-Match, which would be ignored silently", async () => {
    const record = await atThree(noun);
    for (const method of ["PATCH", "DELETE"]) {
      const call = { headers: { "If-None-Match": '"2"' }, ...(method === "PATCH" && { body: {} }) };
      expect((await world.rest(method, at(noun, record), call)).json).toMatchObject({
        status: 400,
        errors: [{ header: "If-None-Match" }],
      });
    }
    expect((await world.rest("GET", at(noun, record))).json).toEqual(record);
  });

  it("is not considered for a missing record", async () => {
    for (const tags of ["*", '"1"', 'W/"1"']) {
      const headers = { "If-Match": tags };
      expect((await world.rest("PATCH", `${noun.path}/nobody`, { body: {}, headers })).status).toBe(404);
      expect((await world.rest("DELETE", `${noun.path}/nobody`, { headers })).status).toBe(404);
    }
  });
});

describe("onConflict=rebase", () => {
  it("applies a change to fields that nobody else changed, and reports conflicts field by field", async () => {
    const record = await world.create(customer, { name: "a", job: "b" });
    await patch(customer, record, { name: "theirs", properties: { plan: "pro" } });
    const query = "?onConflict=rebase";
    const disjoint = await patch(customer, record, { job: "mine", properties: { seats: 3 } }, '"1"', query);
    expect(disjoint.status).toBe(412);
    const other = await patch(customer, record, { job: "mine" }, '"1"', query);
    expect(other).toMatchObject({ status: 200, json: { name: "theirs", job: "mine", version: 3 } });
    const same = await patch(customer, record, { name: "mine", job: "mine", phone: null }, '"1"', query);
    expect(same).toMatchObject({
      status: 412,
      json: {
        conflict: { expectedVersion: 1, currentVersion: 3, changedSince: [{ path: "/name", version: 2 }] },
      },
    });
    expect((await patch(customer, record, { job: "x" }, '"1", "3"', query)).status).toBe(200);
  });

  it("needs a version", async () => {
    const record = await atThree(customer);
    for (const tags of ['W/"2"', '"x"', '"9"']) {
      expect((await patch(customer, record, { job: "x" }, tags, "?onConflict=rebase")).status).toBe(412);
    }
  });
});

describe.each(nouns)("a race for a $name", (noun) => {
  it("of writers with the same version is won by exactly one, every time", async () => {
    const record = await world.create(noun, { [noun.text]: "0" });
    for (let version = 1; version <= 15; version++) {
      const names = Array.from({ length: version === 1 ? 2 : 8 }, (_, i) => `${version}-${i}`);
      const answers = await Promise.all(
        names.map((name) => patch(noun, record, { [noun.text]: name }, `"${version}"`)),
      );
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([200, ...names.slice(1).map(() => 412)]);
      const winner = answers.find(({ status }) => status === 200)?.json;
      expect((await world.rest("GET", at(noun, record))).json).toEqual(winner);
      expect(winner?.["version"]).toBe(version + 1);
    }
  });

  it("of clients that read, increment and write loses no increment", async () => {
    const record = await world.create(noun, { [noun.text]: "0" });
    const [writers, rounds] = [8, 5];
    let refused = 0;
    const countUp = async () => {
      for (;;) {
        const { json, headers } = await world.rest("GET", at(noun, record));
        const next = String(Number(json[noun.text]) + 1);
        const { status } = await patch(noun, record, { [noun.text]: next }, headers["etag"]);
        if (status === 200) return;
        expect(status).toBe(412);
        refused++;
      }
    };
    await Promise.all(
      Array.from({ length: writers }, async () => {
        for (let i = 0; i < rounds; i++) await countUp();
      }),
    );
    const total = writers * rounds;
    expect((await world.rest("GET", at(noun, record))).json).toMatchObject({
      [noun.text]: String(total),
      version: 1 + total,
    });
    expect(refused).toBeGreaterThan(0);
  });

  it("between a change and a deletion of the same version is won by one", async () => {
    for (let round = 0; round < 10; round++) {
      const record = await world.create(noun);
      const headers = { "If-Match": '"1"' };
      const [changed, gone] = await Promise.all(
        (round % 2 === 0 ? ["PATCH", "DELETE"] : ["DELETE", "PATCH"])
          .map(
            (method) => async () =>
              world.rest(method, at(noun, record), {
                headers,
                ...(method === "PATCH" && { body: { [noun.text]: "x" } }),
              }),
          )
          .map((send) => send()),
      );
      const statuses = [changed?.status, gone?.status].filter((status) => status === 200);
      expect(statuses).toHaveLength(1);
      expect((await world.rest("GET", `${at(noun, record)}?deleted=true`)).json["version"]).toBe(2);
    }
  });
});

describe("a tenant that requires versions", () => {
  it.each(nouns)("refuses changes of a $name without a version, and explains it", async (noun) => {
    const token = await world.strictTenant();
    const record = await world.create(noun, {}, token);
    for (const tags of [undefined, "*"]) {
      const refused = await patch(noun, record, { [noun.text]: "x" }, tags, "", token);
      expect(refused.json).toMatchObject({ status: 428, code: "VERSION_REQUIRED" });
      expect(refused.json["detail"]).toContain("If-Match");
      const headers: Record<string, string> = tags === undefined ? {} : { "If-Match": tags };
      expect((await world.rest("DELETE", at(noun, record), { token, headers })).status).toBe(428);
    }
    expect((await patch(noun, record, { [noun.text]: "x" }, 'W/"1"', "", token)).status).toBe(412);
    expect((await patch(noun, record, { [noun.text]: "x" }, '"1"', "", token)).status).toBe(200);
    const gone = await world.rest("DELETE", at(noun, record), { token, headers: { "If-Match": '"2"' } });
    expect(gone).toMatchObject({ status: 200, json: { version: 3 } });
  });

  it.each(nouns)("refuses typed deletions of a $name without a version", async ({ name }) => {
    const rpc = rpcOf(world.server.url, await world.strictTenant());
    const { data } = await rpc(`${name}.create`, {});
    const where = { id: data["id"] };
    const refused = await rpc(`${name}.delete`, { where });
    expect([refused.status, refused.error.code]).toEqual([428, "VERSION_REQUIRED"]);
    expect(
      (await rpc(`${name}.delete`, { where, expectedVersion: 1, reason: "asked to" })).data["version"],
    ).toBe(2);
  });
});

describe("a typed deletion", () => {
  it.each(nouns)(
    "of a stale version of a $name is refused, with the changes since",
    async ({ name, text, key }) => {
      const { data } = await world.rpc(`${name}.create`, { [key]: fresh() });
      const where = { id: data["id"] };
      await world.rpc(`${name}.update`, { where, patch: { [text]: "x" } });
      const { status, error } = await world.rpc(`${name}.delete`, { where, expectedVersion: 1 });
      expect([status, error.code]).toEqual([409, "STALE_VERSION"]);
      expect(error.conflict).toMatchObject({
        expectedVersion: 1,
        currentVersion: 2,
        changedSince: [{ path: `/${text}` }],
      });
      for (const expectedVersion of [0, "1", 1.5, null]) {
        const wrong = await world.rpc(`${name}.delete`, { where, expectedVersion });
        expect(wrong.error.faults).toMatchObject([{ pointer: "/expectedVersion" }]);
      }
      expect((await world.rpc(`${name}.delete`, { where, expectedVersion: 2 })).data["version"]).toBe(3);
    },
  );
});
