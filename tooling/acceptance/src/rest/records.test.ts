import { customerFields, fieldsWhere, userFields } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { at, customer, fresh, nouns, user, useRest } from "./rest.ts";

/** Records over the canonical REST API: created, read, updated and deleted. */

const world = useRest();
const fieldsOf = { customer: customerFields, user: userFields };

describe.each(nouns)("a $name", (noun) => {
  const { name, path, key, text } = noun;

  it("is created by POST, and found at the answer's Location", async () => {
    const made = await world.rest("POST", path, { body: { [key]: fresh(), [text]: "first" } });
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ "content-type": "application/json", etag: '"1"' });
    expect(made.headers["location"]).toBe(`${path}/${made.json["id"] as string}`);
    expect(made.json).toMatchObject({ [text]: "first", version: 1 });
    const found = await world.rest("GET", made.headers["location"] as string);
    expect(found).toMatchObject({ status: 200, headers: { etag: '"1"' }, json: made.json });
  });

  it("is returned with exactly the fields that readers see", async () => {
    const record = await world.create(noun);
    const readable = fieldsWhere(fieldsOf[name], ({ secret }) => !secret);
    expect(Object.keys(record).toSorted()).toEqual(readable.toSorted());
    expect(Object.keys((await world.rest("GET", at(noun, record))).json).toSorted()).toEqual(
      readable.toSorted(),
    );
  });

  it("is found by each of its unique values", async () => {
    const record = await world.create(noun);
    for (const by of fieldsWhere(fieldsOf[name], ({ unique }) => unique)) {
      if (record[by] === null) continue;
      const found = await world.rest("GET", `${path}/${record[by] as string}?by=${by}`);
      expect([by, found.json["id"]]).toEqual([by, record["id"]]);
    }
  });

  it.each(["a/b", "50%", "?x=1&y#z", "ü 漢 😀", "%2F", "a+b", "history", "...", "'", '"'])(
    "is found by a key with any characters: %s",
    async (value) => {
      const record = await world.create(noun, { [key]: value });
      const there = `${path}/${encodeURIComponent(value)}?by=${key}`;
      const found = await world.rest("GET", there);
      expect(found.json).toMatchObject({ id: record["id"], [key]: value });
      const changed = await world.rest("PATCH", there, { body: { [text]: "found" } });
      expect(changed.json).toMatchObject({ id: record["id"], version: 2 });
    },
  );

  it.each([".", ".."])("cannot have a key that paths treat as a folder: %s", async (value) => {
    const refused = await world.rest("POST", path, { body: { [key]: value } });
    expect(refused).toMatchObject({ status: 422, json: { errors: [{ pointer: `/${key}` }] } });
  });

  it("is updated by a merge patch, and keeps its other fields", async () => {
    const record = await world.create(noun, { [text]: "before", email: "ada@example.com" });
    const changed = await world.rest("PATCH", at(noun, record), { body: { [text]: "after", email: null } });
    expect(changed).toMatchObject({
      status: 200,
      headers: { etag: '"2"', "roster-applied": "true" },
      json: { [text]: "after", email: null, [key]: record[key], version: 2 },
    });
    expect((await world.rest("GET", at(noun, record))).json).toEqual(changed.json);
  });

  it("is not changed by a patch with its current values, and the answer reports it", async () => {
    const record = await world.create(noun, { [text]: "same" });
    for (const body of [{}, { [text]: "same" }]) {
      const answer = await world.rest("PATCH", at(noun, record), { body });
      expect(answer).toMatchObject({ status: 200, headers: { etag: '"1"', "roster-applied": "false" } });
      expect(answer.json).toEqual(record);
    }
  });

  it("is shown as it would be by a dry run, and stays unchanged", async () => {
    const record = await world.create(noun, { [text]: "is" });
    const answer = await world.rest("PATCH", `${at(noun, record)}?dryRun=true`, {
      body: { [text]: "would be" },
    });
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"1"', "roster-applied": "false" } });
    expect(answer.json).toEqual({ ...record, [text]: "would be" });
    expect((await world.rest("GET", at(noun, record))).json).toEqual(record);
    const refused = await world.rest("PATCH", `${at(noun, record)}?dryRun=true`, { body: { [text]: 1 } });
    expect(refused.status).toBe(422);
  });

  it("is deleted, and then found only by its id or number and if deleted ones are requested", async () => {
    const record = await world.create(noun);
    const gone = await world.rest("DELETE", at(noun, record));
    expect(gone).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      json: { id: record["id"], version: 2 },
    });
    expect(gone.json["deletedAt"]).toMatch(/^\d{4}-/);
    expect((await world.rest("GET", at(noun, record))).json).toMatchObject({ status: 404, code: "DELETED" });
    expect((await world.rest("GET", `${at(noun, record)}?deleted=false`)).status).toBe(404);
    for (const named of [at(noun, record), `${path}/${record["number"] as number}`]) {
      const by = named === at(noun, record) ? "id" : "number";
      expect((await world.rest("GET", `${named}?deleted=true&by=${by}`)).json).toEqual(gone.json);
    }
    const byKey = await world.rest("GET", `${path}/${record[key] as string}?by=${key}&deleted=true`);
    expect(byKey.json).toMatchObject({ code: "NOT_FOUND" });
    for (const method of ["PATCH", "DELETE"]) {
      const answer = await world.rest(method, at(noun, record), method === "PATCH" ? { body: {} } : {});
      expect(answer.json).toMatchObject({ status: 404, code: "DELETED" });
    }
    expect((await world.create(noun, { [key]: record[key] }))[key]).toBe(record[key]);
  });

  it("has a history in pages, with reasons and the source `rest`", async () => {
    const record = await world.create(noun);
    await world.rest("PATCH", `${at(noun, record)}?reason=plan%20change%20%26%20more`, {
      body: { [text]: "x" },
    });
    await world.rest("DELETE", `${at(noun, record)}?reason=asked+to`);
    const entries: unknown[] = [];
    let cursor = "";
    do {
      const page = await world.rest(
        "GET",
        `${at(noun, record)}/history?limit=1${cursor && `&cursor=${cursor}`}`,
      );
      expect(page.status).toBe(200);
      expect(page.json["items"]).toHaveLength(1);
      entries.push(...(page.json["items"] as unknown[]));
      cursor = (page.json["nextCursor"] ?? "") as string;
    } while (cursor !== "");
    expect(entries).toMatchObject([
      { version: 3, action: "delete", reason: "asked to", source: "rest", recordId: record["id"] },
      {
        version: 2,
        action: "update",
        reason: "plan change & more",
        changes: [{ path: `/${text}`, to: "x" }],
      },
      { version: 1, action: "create", reason: null, source: "rest" },
    ]);
    const byNumber = `${path}/${record["number"] as number}/history?by=number&limit=200`;
    expect((await world.rest("GET", byNumber)).json["items"]).toEqual(entries);
  });

  it("is answered to HEAD as to GET, without a body", async () => {
    const record = await world.create(noun);
    for (const there of [
      path,
      at(noun, record),
      `${at(noun, record)}/history`,
      `${path}/nobody`,
      "/api/nothing",
    ]) {
      const [get, head] = [await world.rest("GET", there), await world.rest("HEAD", there)];
      expect(head.text).toBe("");
      expect([head.status, head.headers["content-type"]]).toEqual([get.status, get.headers["content-type"]]);
      expect(head.headers["etag"]).toBe(get.headers["etag"]);
    }
  });

  it.each([
    ["", "GET, HEAD, POST, OPTIONS", undefined, "application/json"],
    ["/x", "GET, HEAD, PATCH, DELETE, OPTIONS", "application/merge-patch+json", undefined],
    ["/x/history", "GET, HEAD, OPTIONS", undefined, undefined],
  ])(
    "answers OPTIONS at its paths with their methods, even without a token: %s",
    async (rest, allow, patch, post) => {
      const answer = await world.rest("OPTIONS", path + rest, { token: "" });
      expect([answer.status, answer.text]).toEqual([204, ""]);
      expect([answer.headers["allow"], answer.headers["accept-patch"]]).toEqual([allow, patch]);
      expect(answer.headers["accept-post"]).toBe(post);
      for (const method of ["PUT", "DELETE", "PATCH", "POST", "PROPFIND", "TRACE"]) {
        if (allow.includes(method)) continue;
        const refused = await world.rest(method, path + rest);
        expect([method, refused.status, refused.headers["allow"]]).toEqual([method, 405, allow]);
        expect(refused.json).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
      }
    },
  );
});

describe("a merge patch", () => {
  it("merges JSON fields at every depth, and replaces arrays and sets", async () => {
    const record = await world.create(customer, {
      emails: ["a@example.com", "b@example.com"],
      properties: { plan: "free", trial: { seats: 5, until: "2026-06-30" }, list: [1, 2, 3] },
    });
    const { json } = await world.rest("PATCH", at(customer, record), {
      body: {
        emails: ["c@example.com"],
        properties: { plan: null, trial: { seats: 6, left: null }, list: [4], more: { a: null, b: 1 } },
      },
    });
    expect(json).toMatchObject({ emails: ["c@example.com"] });
    expect(json["properties"]).toEqual({
      trial: { seats: 6, until: "2026-06-30" },
      list: [4],
      more: { b: 1 },
    });
  });

  it("returns every text as it was sent", async () => {
    const record = await world.create(user);
    for (const bio of [
      "\u0001\u007f",
      "😀",
      "‮abc",
      "'; drop table users; --",
      "<script>",
      "\\u0000",
      "x".repeat(10_000),
    ]) {
      expect((await world.rest("PATCH", at(user, record), { body: { bio } })).json["bio"]).toBe(bio);
    }
  });

  it("keeps the changes of concurrent writers without versions to different keys", async () => {
    const record = await world.create(customer);
    const writers = Array.from({ length: 40 }, (_, i) => i);
    const answers = await Promise.all(
      writers.map((i) =>
        world.rest("PATCH", at(customer, record), { body: { properties: { [`k${i}`]: i } } }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { json } = await world.rest("GET", at(customer, record));
    expect(json["properties"]).toEqual(Object.fromEntries(writers.map((i) => [`k${i}`, i])));
    expect(json["version"]).toBe(1 + writers.length);
  });
});

describe("another tenant's record", () => {
  it.each(nouns)("of the type $name is not found by any request", async (noun) => {
    const record = await world.create(noun);
    const { token } = world.neighbour;
    const calls: [string, string, object?][] = [
      ["GET", ""],
      ["GET", "?deleted=true"],
      ["GET", "/history"],
      ["PATCH", "", { body: { [noun.text]: "mine" } }],
      ["PATCH", "", { body: { [noun.text]: 1 } }],
      ["DELETE", ""],
    ];
    for (const [method, rest, call] of calls) {
      const answer = await world.rest(method, at(noun, record) + rest, { ...call, token });
      expect([method + rest, answer.status, answer.json["code"]]).toEqual([method + rest, 404, "NOT_FOUND"]);
    }
    expect((await world.rest("GET", at(noun, record))).json).toEqual(record);
    expect((await world.rest("GET", noun.path, { token })).json["items"]).not.toContainEqual(record);
  });
});
