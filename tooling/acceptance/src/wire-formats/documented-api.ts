import { isJsonObject, type JsonObject, type Scope } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { expiredToken } from "../expired-token.ts";
import { sendPart, type Answer, type RawRequest } from "./raw-request.ts";
import { faultsOf, type Refusal } from "./refusals.ts";
import { next, type Records, type World } from "./world.ts";

/** A value as a documented request contains it. */
interface Sample {
  send: unknown;
  /** The value in the reply; by default the one sent. */
  reads?: unknown;
  /** The value in typed calls; by default the one in the reply. */
  stored?: unknown;
}

export interface DocumentedField {
  /** The field of typed calls that it corresponds to. */
  typed: string;
  /** Two values, sent one after the other; a function if no two records can have the same value. */
  first: Sample | (() => Sample);
  second: Sample | (() => Sample);
  null: "clears" | "refused";
  /** Its name in the reply, if different; null if the reply has no such field. */
  readAs?: string | null;
  /** The value in the reply once the field is cleared, if not null. */
  cleared?: (record: Records[keyof Records]) => unknown;
  /** The documented maximum length, and a function that makes a text of any length. */
  limit?: { max: number; text(length: number): string };
  /** Values that are refused. */
  wrong: readonly unknown[];
  /** Fields that a record needs before it can have a value here. */
  needs?: object;
}

/** One call as its page documents it, from a client's view. */
export interface DocumentedApi<T extends keyof Records> {
  /** The `source` of its changes in the history. */
  source: string;
  record: T;
  scope: Scope;
  method: "PUT" | "POST";
  /** The path as the OpenAPI document writes it, and the content types that it takes. */
  openApi: { path: string; contentTypes: readonly string[]; securityHeader: string };
  authorization(token: string): Record<string, string>;
  /** Undocumented ways of sending a valid token. */
  otherAuthorizations(token: string): [header: string, value: string][];
  unauthenticated: 401 | 403;
  /** The ways to name a record in a request, the usual one first. */
  foundBy: Record<string, (record: Records[T]) => { path: string; naming?: object }>;
  /** A key that callers choose, which may contain any character. */
  ownKey?: { typed: string; foundBy: string };
  fields: Record<string, DocumentedField>;
  /** Documented fields of the request that are tested apart. */
  otherFields: readonly string[];
  /** Every documented field of the reply with its type; a question mark marks nullable ones. */
  reply: Record<string, ReplyType | { [name: string]: ReplyType }>;
  /** The object in the reply that contains the record's fields. */
  recordIn?: string;
  refusal: Refusal;
}

type TypeName = "string" | "number" | "boolean" | "object" | "strings" | "instant" | "date";
type ReplyType = TypeName | `${TypeName}?`;

/** Values that a text field refuses. */
export const notText = [7, true, ["text"], { text: "text" }, "NUL \u0000", "half a pair \ud800"] as const;

/** A text that `null` clears. */
export const textField = (typed: string, first: string, second: string, max = 255): DocumentedField => ({
  typed,
  first: { send: first },
  second: { send: second },
  null: "clears",
  wrong: [...notText, "x".repeat(max + 1)],
});

/** An instant that `null` clears, and that a date sets as well. */
export const instantField = (typed: string, date: string): DocumentedField => ({
  typed,
  first: { send: "2026-03-01T10:30:00+01:00", reads: "2026-03-01T09:30:00.000Z" },
  second: { send: date, reads: `${date}T00:00:00.000Z` },
  null: "clears",
  wrong: [
    1_772_357_400,
    "2026-02-30T00:00:00Z",
    "2026-02-30",
    "2026-03-01T25:00:00Z",
    "2026-03-01T09:30:00",
    "2026-03-01T09:30",
    "yesterday",
    "now",
    "",
  ],
});

const maxBody = 1024 * 1024;

/** The value of a sample in the reply, and in the typed calls. */
const readsOf = (sample: Sample): unknown => ("reads" in sample ? sample.reads : sample.send);
const storedOf = (sample: Sample): unknown => ("stored" in sample ? sample.stored : readsOf(sample));

/** The tests that every documented API must pass. */
export function behavesAsDocumented<T extends keyof Records>(api: DocumentedApi<T>, world: World): void {
  const usual = Object.values(api.foundBy)[0] as DocumentedApi<T>["foundBy"][string];
  const request = (record: Records[T], fields: object, more: Partial<RawRequest> = {}): RawRequest => {
    const { path, naming } = usual(record);
    return {
      method: api.method,
      path,
      headers: { "Content-Type": "application/json", ...api.authorization(world.token) },
      body: JSON.stringify({ ...naming, ...fields }),
      ...more,
    };
  };
  const call = (record: Records[T], fields: object, more?: Partial<RawRequest>): Promise<Answer> =>
    world.send(request(record, fields, more));
  const as = (authorization: Record<string, string>): Partial<RawRequest> => ({
    headers: { "Content-Type": "application/json", ...authorization },
  });
  const typed = async (record: Records[T]): Promise<Record<string, unknown>> => ({
    ...(await world.now(record)),
  });
  const recordIn = (answer: Answer): JsonObject => {
    const part = api.recordIn === undefined ? answer.json : answer.json[api.recordIn];
    if (answer.status !== 200 || !isJsonObject(part)) throw new Error(`${answer.status} ${answer.text}`);
    return part;
  };
  /** A value for each field, and its expected forms. */
  const samples = (which: "first" | "second"): Record<string, Sample> =>
    Object.fromEntries(
      Object.entries(api.fields).map(([name, { [which]: sample }]) => [
        name,
        typeof sample === "function" ? sample() : sample,
      ]),
    );
  const sent = (given: Record<string, Sample>): object =>
    Object.fromEntries(Object.entries(given).map(([name, { send }]) => [name, send]));
  /** A record with a value in every field. */
  const full = async (): Promise<Records[T]> => {
    const record = await world.make(api.record);
    recordIn(await call(record, sent(samples("first"))));
    return world.now(record);
  };
  /** Checks a refusal, and that it has left the record as it was. */
  const refuses = async (record: Records[T], answer: Answer, status: number): Promise<void> => {
    api.refusal(answer, status);
    expect(await world.now(record)).toEqual(record);
  };

  describe.each(Object.entries(api.fields))("the documented field %s", (name, field) => {
    const blank = () => world.make(api.record, field.needs);
    const sample = (which: "first" | "second") => samples(which)[name] as Sample;

    it("is stored, returned under its documented name, and kept if it is not sent", async () => {
      const record = await blank();
      for (const value of [sample("first"), sample("second")]) {
        const reply = recordIn(await call(await world.now(record), { [name]: value.send }));
        const current = await typed(record);
        expect(current[field.typed]).toEqual(storedOf(value));
        if (field.readAs !== null) expect(reply[field.readAs ?? name]).toEqual(readsOf(value));
        recordIn(await call(await world.now(record), {}));
        expect(await typed(record)).toEqual(current);
      }
    });

    it("changes nothing else", async () => {
      const before = await full();
      recordIn(await call(before, { [name]: sample("second").send }));
      const after = await typed(before);
      const together: Record<string, string> = {
        properties: "computedProperties",
        mapping: "computedMapping",
        country: "countryAsWritten",
        phone: "phoneAsWritten",
        addressCountry: "addressCountryAsWritten",
      };
      const may = new Set([field.typed, together[field.typed], "version", "updatedAt"]);
      const changed = Object.entries(before).flatMap(([key, value]) =>
        JSON.stringify(after[key]) === JSON.stringify(value) ? [] : [key],
      );
      expect(changed).toContain(field.typed);
      expect(changed.filter((key) => !may.has(key))).toEqual([]);
    });

    if (field.null === "clears") {
      it("is cleared by null", async () => {
        const empty = await blank();
        recordIn(await call(empty, { [name]: sample("first").send }));
        const record = await world.now(empty);
        const reply = recordIn(await call(record, { [name]: null }));
        const current = await world.now(record);
        expect({ ...current }).toMatchObject({ [field.typed]: null, version: record.version + 1 });
        if (field.readAs !== null)
          expect(reply[field.readAs ?? name]).toEqual(field.cleared?.(current) ?? null);
      });
    } else {
      it("is not cleared by null", async () => {
        const record = await full();
        const answer = await call(record, { [name]: null });
        expect(faultsOf(answer)).toEqual({ [`/${name}`]: "not_nullable" });
        await refuses(record, answer, 422);
      });
    }

    const { limit } = field;
    if (limit) {
      it(`takes ${limit.max} characters and no more`, async () => {
        const record = await blank();
        const fits = limit.text(limit.max);
        recordIn(await call(record, { [name]: fits }));
        const filled = await world.now(record);
        expect(filled.version).toBe(2);
        const answer = await call(filled, { [name]: limit.text(limit.max + 1) });
        expect(faultsOf(answer)).toEqual({ [`/${name}`]: "too_long" });
        await refuses(filled, answer, 422);
      });
    }

    it.each(field.wrong.map((value) => [JSON.stringify(value).slice(0, 40), value] as const))(
      "is not %s",
      async (_, value) => {
        const record = await full();
        const answer = await call(record, { [name]: value });
        await refuses(record, answer, 422);
        const pointers = Object.keys(faultsOf(answer));
        expect(pointers).not.toEqual([]);
        expect(pointers.filter((at) => at !== `/${name}` && !at.startsWith(`/${name}/`))).toEqual([]);
      },
    );
  });

  describe("a reply", () => {
    it("has every documented field with its type if all have values", async () => {
      const record = await full();
      const { json } = await call(record, {});
      expect(misfits(json, api.reply)).toEqual([]);
    });

    it("has every documented field, null if there is no value", async () => {
      const { json, headers } = await call(await world.make(api.record), {});
      expect(misfits(json, api.reply)).toEqual([]);
      expect(headers["content-type"]).toBe("application/json");
    });
  });

  describe("a request", () => {
    it.each(Object.keys(api.foundBy))("finds its record by %s", async (key) => {
      const record = await world.make(api.record);
      const { path, naming } = api.foundBy[key]?.(record) ?? usual(record);
      const answer = await call(record, {}, { path, body: JSON.stringify({ ...naming }) });
      recordIn(answer);
    });

    const { ownKey } = api;
    if (ownKey) {
      it.each(["a/b", "ü ß 你好", "100%", "a?b#c", "..", "%41", "a+b", "'; --"])(
        "finds its record by the key %s",
        async (key) => {
          const record = await world.make(api.record, { [ownKey.typed]: `${key}${next()}` });
          const other = await world.make(api.record);
          const { path, naming } = (api.foundBy[ownKey.foundBy] ?? usual)(record);
          const [name, value] = Object.entries(samples("first"))[0] as [string, Sample];
          const body = JSON.stringify({ ...naming, [name]: value.send });
          recordIn(await call(record, {}, { path, body }));
          expect((await world.now(record)).version).toBe(2);
          expect((await world.now(other)).version).toBe(1);
        },
      );
    }

    it("may have a byte order mark, and a charset and capital letters in its content type", async () => {
      const record = await world.make(api.record);
      const body = `\uFEFF${request(record, {}).body as string}`;
      const headers = {
        ...api.authorization(world.token),
        "Content-Type": 'Application/JSON; charset="UTF-8"',
      };
      recordIn(await call(record, {}, { body, headers }));
    });

    it("with the current values succeeds, and leaves no trace", async () => {
      const record = await full();
      const same = Object.entries(api.fields).filter(([, { first }]) => typeof first !== "function");
      const values = sent(Object.fromEntries(same.map(([name, { first }]) => [name, first as Sample])));
      recordIn(await call(record, values));
      expect(await world.now(record)).toEqual(record);
      expect((await world.log(record)).map(({ version }) => version)).toEqual([2, 1]);
    });

    it("leaves one entry in the history, under the name of its API", async () => {
      const record = await world.make(api.record);
      recordIn(await call(record, sent(samples("first"))));
      const [entry, ...rest] = await world.log(record);
      expect(entry).toMatchObject({ version: 2, action: "update", source: api.source });
      expect(entry?.changes.map(({ path }) => path.split("/")[1])).toEqual(
        expect.arrayContaining(Object.values(api.fields).map(({ typed }) => typed)),
      );
      expect(rest.map(({ action, source }) => [action, source])).toEqual([["create", "trpc"]]);
    });
  });

  describe("a refusal", () => {
    it("names every fault of the request, and nothing is stored", async () => {
      const record = await full();
      const wrong = Object.fromEntries(
        Object.entries(api.fields).map(([name, field]) => [name, field.wrong[0]]),
      );
      const answer = await call(record, { ...wrong, noSuchField: 1, "odd/~name": 2 });
      await refuses(record, answer, 422);
      const faults = faultsOf(answer);
      expect(faults).toMatchObject({ "/noSuchField": "unknown_field", "/odd~1~0name": "unknown_field" });
      const named = new Set(Object.keys(faults).map((at) => at.split("/")[1]));
      expect(Object.keys(api.fields).filter((name) => !named.has(name))).toEqual([]);
    });

    it("of one invalid field prevents valid ones from being stored", async () => {
      const record = await full();
      const right = sent(samples("second"));
      const answer = await call(record, { ...right, noSuchField: 1 });
      expect(faultsOf(answer)).toEqual({ "/noSuchField": "unknown_field" });
      await refuses(record, answer, 422);
    });

    it("names fields that Roster alone sets", async () => {
      const record = await world.make(api.record);
      const answer = await call(record, { version: 7, number: 7, createdAt: "2026-01-01T00:00:00Z" });
      expect(faultsOf(answer)).toEqual({
        "/version": "unknown_field",
        "/number": "unknown_field",
        "/createdAt": "unknown_field",
      });
      await refuses(record, answer, 422);
    });

    it.each(["__proto__", "constructor", "prototype", "toString"])("names the key %s", async (key) => {
      const record = await world.make(api.record);
      const named = JSON.stringify({ ...usual(record).naming }).slice(1, -1);
      const body = `{${[named, `"${key}":{"polluted":true}`].filter(Boolean).join(",")}}`;
      const answer = await call(record, {}, { body });
      expect(faultsOf(answer)).toEqual({ [`/${key}`]: "unknown_field" });
      await refuses(record, answer, 422);
      expect(await typed(await world.make(api.record))).not.toHaveProperty("polluted");
    });

    it("answers extremely nested values", async () => {
      const record = await world.make(api.record);
      const depth = 20_000;
      const deep = "[".repeat(depth) + "]".repeat(depth);
      const named = JSON.stringify({ ...usual(record).naming }).slice(1, -1);
      const members = [...Object.keys(api.fields), "noSuchField"].map((name) => `"${name}":${deep}`);
      const answer = await call(record, {}, { body: `{${[named, ...members].filter(Boolean).join(",")}}` });
      await refuses(record, answer, 422);
    });
  });

  describe("a body", () => {
    it.each([
      ["empty", ""],
      ["blank", "  \n"],
      ["broken JSON", '{"name": '],
      ["JSON with a comment", "{} // done"],
      ["not JSON", "hello"],
      ["an array", "[]"],
      ["a text", '"text"'],
      ["null", "null"],
      ["a number", "7"],
      ["not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
      ["UTF-16", Buffer.from("{}", "utf16le")],
      ["a closing brace too many", "{}}"],
    ])("that is %s is refused with 400", async (_, body) => {
      const record = await world.make(api.record);
      await refuses(record, await call(record, {}, { body }), 400);
    });

    it.each([
      ["none", {}],
      ["text", { "Content-Type": "text/plain" }],
      ["multipart", { "Content-Type": "multipart/form-data; boundary=x" }],
      ["another charset", { "Content-Type": "application/json; charset=iso-8859-1" }],
      ["a compressed body", { "Content-Type": "application/json", "Content-Encoding": "gzip" }],
    ] as [string, Record<string, string>][])(
      "of an unknown type is refused with 415: %s",
      async (_, headers) => {
        const record = await world.make(api.record);
        const answer = await call(record, {}, { headers: { ...headers, ...api.authorization(world.token) } });
        await refuses(record, answer, 415);
      },
    );

    it("may have one megabyte and not a byte more, with a length or in chunks", async () => {
      const record = await world.make(api.record);
      const body = request(record, {}).body as string;
      const fits = body.padEnd(maxBody);
      recordIn(await call(record, {}, { body: fits }));
      recordIn(await call(record, {}, { body: [fits.slice(0, 1000), fits.slice(1000)] }));
      await refuses(record, await call(record, {}, { body: `${fits} ` }), 413);
      await refuses(record, await call(record, {}, { body: [fits, " "] }), 413);
      recordIn(await call(record, {}));
    });
  });

  it.each(["Content-Length: 500", "Transfer-Encoding: chunked"])(
    "whose connection ends halfway changes nothing (%s)",
    async (announcement) => {
      const record = await world.make(api.record);
      const { method, path, headers = {} } = request(record, {});
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      const head = [`${method} ${path} HTTP/1.1`, "Host: roster", ...lines, announcement].join("\r\n");
      await sendPart(world.server.url, `${head}\r\n\r\n5\r\n{"nam`);
      recordIn(await call(record, {}));
      expect(await world.now(record)).toEqual(record);
    },
  );

  describe("a token", () => {
    const unauthenticated = (record: Records[T], answer: Answer) => {
      if (api.unauthenticated === 401) expect(answer.headers["www-authenticate"]).toMatch(/^(Bearer|Token)$/);
      return refuses(record, answer, api.unauthenticated);
    };

    it("is required, and must be known", async () => {
      const record = await world.make(api.record);
      await unauthenticated(record, await call(record, {}, as({})));
      await unauthenticated(record, await call(record, {}, as(api.authorization("unknown"))));
      await unauthenticated(record, await call(record, {}, as(api.authorization(`${world.token} more`))));
    });

    it("is read only from the documented place", async () => {
      const record = await world.make(api.record);
      for (const [header, value] of api.otherAuthorizations(world.token)) {
        await unauthenticated(record, await call(record, {}, as({ [header]: value })));
      }
    });

    it("no longer works once it is revoked, or has expired", async () => {
      const record = await world.make(api.record);
      const { data } = await world.rpc("token.create", { scopes: [api.scope] });
      const authorization = api.authorization(data["token"] as string);
      recordIn(await call(record, {}, as(authorization)));
      await world.rpc("token.revoke", { where: { id: data["id"] } });
      await unauthenticated(record, await call(record, {}, as(authorization)));

      const expired = await expiredToken(world.rpc, [api.scope]);
      await unauthenticated(record, await call(record, {}, as(api.authorization(expired))));
    });

    it("needs the scope and no other", async () => {
      const record = await world.make(api.record);
      const all: Scope[] = ["customers:read", "customers:write", "users:read", "users:write"];
      const lacking = await world.tokenWith(...all.filter((scope) => scope !== api.scope));
      await refuses(record, await call(record, {}, as(api.authorization(lacking))), 403);
      recordIn(await call(record, {}, as(api.authorization(await world.tokenWith(api.scope)))));
    });
  });

  describe("a record", () => {
    const by = Object.keys(api.foundBy);

    it.each(by)("that does not exist is not found by %s", async (key) => {
      const record = await world.make(api.record);
      const keys = { id: "01890000-0000-7000-8000-000000000000", number: 987_654_321 };
      const ghost = { ...record, ...keys, providedId: "nobody", referenceId: "nobody", username: "nobody" };
      const { path, naming } = api.foundBy[key]?.(ghost) ?? usual(ghost);
      await refuses(record, await call(record, {}, { path, body: JSON.stringify({ ...naming }) }), 404);
    });

    it.each(by)("that is deleted is not found by %s, and stays as it was", async (key) => {
      const record = await world.make(api.record);
      const { path, naming } = api.foundBy[key]?.(record) ?? usual(record);
      await world.rpc(`${api.record}.delete`, { where: { id: record.id } });
      const deleted = await world.now(record);
      const [name, value] = Object.entries(samples("first"))[0] as [string, Sample];
      const body = JSON.stringify({ ...naming, [name]: value.send });
      await refuses(deleted, await call(record, {}, { path, body }), 404);
    });

    it.each(by)("of another tenant is not found by %s", async (key) => {
      const record = await world.make(api.record);
      const { path, naming } = api.foundBy[key]?.(record) ?? usual(record);
      const body = JSON.stringify({ ...naming });
      const answer = await call(record, {}, { path, body, ...as(api.authorization(world.neighbour.token)) });
      await refuses(record, answer, 404);
    });
  });

  it.each(["GET", "PUT", "POST", "PATCH", "DELETE"].filter((method) => method !== api.method))(
    "%s is answered with 405 and the allowed methods",
    async (method) => {
      const record = await world.make(api.record);
      const answer = await call(record, {}, { method });
      expect(answer.headers["allow"]).toBe(api.method);
      await refuses(record, answer, 405);
    },
  );

  describe("the OpenAPI document", () => {
    const operation = async (): Promise<[operation: JsonObject, document: JsonObject]> => {
      const { json } = await world.send({ method: "GET", path: "/openapi.json" });
      const found = at(json, "paths", api.openApi.path, api.method.toLowerCase());
      if (!isJsonObject(found)) throw new Error(`nothing at ${api.openApi.path}`);
      return [found, json];
    };

    it("has the path, every field of the request, the content types and the token", async () => {
      const [found, document] = await operation();
      const content = at(found, "requestBody", "content") as JsonObject;
      expect(Object.keys(content).toSorted()).toEqual(api.openApi.contentTypes.toSorted());
      for (const type of api.openApi.contentTypes) {
        const properties = at(content, type, "schema", "properties") as JsonObject;
        const own = Object.entries(properties).filter(([, property]) => !at(property, "readOnly"));
        expect(own.map(([name]) => name).toSorted()).toEqual(
          [...Object.keys(api.fields), ...api.otherFields].toSorted(),
        );
        for (const property of Object.values(properties)) {
          expect(property).toMatchObject({ description: expect.stringMatching(/./) as string });
        }
      }
      const [requirement] = found["security"] as JsonObject[];
      const scheme = at(document, "components", "securitySchemes", Object.keys(requirement ?? {})[0] ?? "");
      expect(scheme).toMatchObject(
        api.openApi.securityHeader === "Bearer"
          ? { type: "http", scheme: "bearer" }
          : { type: "apiKey", in: "header", name: api.openApi.securityHeader },
      );
      const statuses = [200, 400, api.unauthenticated, 403, 404, 409, 413, 415, 422, 503];
      expect(Object.keys(found["responses"] as JsonObject).map(Number)).toEqual(
        expect.arrayContaining(statuses),
      );
    });

    it("has an example of its reply", async () => {
      const [found] = await operation();
      const reply = at(found, "responses", "200", "content", "application/json", "example") as JsonObject;
      expect(misfits(reply, api.reply)).toEqual([]);
      const { json } = await call(await world.make(api.record), {});
      expect(Object.keys(reply)).toEqual(expect.arrayContaining(Object.keys(json)));
    });
  });
}

/** The part of a JSON value at a path. */
export const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (isJsonObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );

const checks: Record<TypeName, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  object: isJsonObject,
  strings: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  instant: (value) =>
    typeof value === "string" &&
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
  date: (value) => typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value),
};

/** The documented fields that a reply lacks, or has with another type. */
function misfits(reply: JsonObject, documented: DocumentedApi<"customer">["reply"], under = ""): string[] {
  return Object.entries(documented).flatMap(([name, type]) => {
    const value = reply[name];
    if (typeof type === "object") {
      return isJsonObject(value)
        ? misfits(value, type, `${under}${name}.`)
        : [`${under}${name}: ${JSON.stringify(value)}`];
    }
    const fits = type.endsWith("?")
      ? value === null || checks[type.slice(0, -1) as TypeName](value)
      : checks[type as TypeName](value);
    return fits ? [] : [`${under}${name}: ${JSON.stringify(value)} is not ${type}`];
  });
}
