import { canonicalName, characters, identifierFault, isWellFormed, type CustomerJson } from "@roster/domain";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { hostileText } from "./hostile.ts";
import { useServer } from "../use-server.ts";

const { server, rpc } = useServer({}, { mayLogErrors: false });

/** No database can store these unchanged: NUL and lone surrogates. */
const isStorable = (text: string): boolean => !text.includes("\u0000") && isWellFormed(text);
const storable = hostileText.filter(
  (text) => isStorable(text) && text !== "__proto__" && text.length < 10_000,
);
const short = storable.filter((text) => characters(text) <= 255);

const send = async (method: string, path: string, body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(server.url + path, {
    method,
    body,
    headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json", ...headers },
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
};
const stored = async (id: unknown): Promise<CustomerJson> =>
  (await rpc("customer.get", { where: { id } })).data as unknown as CustomerJson;
/** XML 1.0 has no control characters, ends lines with LF, and drops blanks around an element's text. */
const inXml = (text: string): boolean =>
  /^[\t\n\u0020-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text) && text.trim() === text && text !== "";
/** A fixed seed: the same texts in each run. */
const always = { seed: 20_260_301, numRuns: 150 };

describe("texts of every kind are returned as they were stored", () => {
  it("through typed calls: as values, as keys and in the history", () =>
    fc.assert(
      fc.asyncProperty(short, storable, storable, async (name, key, value) => {
        const properties = { [key]: value, list: [value, { [key]: [value] }] };
        const { data, error } = await rpc("customer.create", { name, properties });
        expect(error).toBeUndefined();
        const { id } = data;
        expect(await stored(id)).toMatchObject({ name, properties });
        const changed = await rpc("customer.update", {
          where: { id },
          replace: { mapping: { [key]: value } },
        });
        expect(changed.error).toBeUndefined();
        const { items } = (await rpc("customer.history", { where: { id } })).data as { items: object[] };
        expect(items).toMatchObject([
          { changes: [{ path: "/mapping", from: null, to: { [key]: value } }] },
          { action: "create" },
        ]);
        expect(JSON.stringify(items[1])).toContain(JSON.stringify(value));
      }),
      always,
    ));

  it("through the canonical REST API", () =>
    fc.assert(
      fc.asyncProperty(short, storable, async (name, value) => {
        const made = await send("POST", "/api/customers", JSON.stringify({ name, properties: { value } }));
        expect(made).toMatchObject({ status: 201, json: { name, properties: { value } } });
        expect(await stored(made.json["id"])).toMatchObject({ name, properties: { value } });
      }),
      always,
    ));

  it("through a documented format, as JSON, as a form and, where XML allows them, as XML", async () => {
    const { data } = await rpc("customer.create", {});
    const id = String(data["id"]);
    const path = `/customers/${id}`;
    await fc.assert(
      fc.asyncProperty(short, async (text) => {
        const asJson = await send("PUT", path, JSON.stringify({ addressCity: text }));
        expect([asJson.status, asJson.json["message"]]).toEqual([200, undefined]);
        expect((await stored(id)).addressCity).toBe(text);
        const form = new URLSearchParams({ addressState: text }).toString();
        const asForm = await send("PUT", path, form, { "content-type": "application/x-www-form-urlencoded" });
        expect(asForm.status).toBe(200);
        expect((await stored(id)).addressState).toBe(text);
        if (!inXml(text)) return;
        const escaped = text.replaceAll(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
        const xml = `<item><addressStreet>${escaped}</addressStreet></item>`;
        const asXml = await send("PUT", path, xml, { "content-type": "application/xml" });
        expect([asXml.status, asXml.json["message"]]).toEqual([200, undefined]);
        expect((await stored(id)).addressStreet).toBe(text);
      }),
      always,
    );
  });

  it("in a URL, as the value that names a record", () =>
    fc.assert(
      fc.asyncProperty(
        short.filter((text) => text !== ""),
        async (providedId) => {
          const { data, error } = await rpc("customer.upsert", { where: { providedId }, patch: {} });
          if (identifierFault(providedId)) {
            expect(faultCodes(error)).toEqual({ "/where/providedId": "invalid_format" });
            return;
          }
          const { id } = data["customer"] as CustomerJson;
          const kept = { id, providedId: canonicalName(providedId) };
          expect((await rpc("customer.get", { where: { providedId } })).data).toMatchObject(kept);
          const response = await fetch(
            `${server.url}/api/customers/${encodeURIComponent(providedId)}?by=providedId`,
            {
              headers: { authorization: `Bearer ${server.token}` },
            },
          );
          expect(await response.json()).toMatchObject(kept);
        },
      ),
      always,
    ));
});

describe("a text that cannot be stored unchanged", () => {
  it.each(["a\u0000b", "\ud800", "a\udc00\ud83d"])("%j is refused wherever it stands", async (text) => {
    const { error } = await rpc("customer.create", { name: text, properties: { a: text, [text]: 1 } });
    expect(Object.values(faultCodes(error))).toEqual(["invalid_format", "invalid_format", "invalid_format"]);
  });
});
