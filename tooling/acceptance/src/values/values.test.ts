import { tamper } from "@roster/api/testing/look";
import type { CustomerJson, JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { fresh, useRest } from "../rest/rest.ts";
import { faultCodes, type RpcReply } from "../rpc.ts";

/** Values as people, phones and other programs write them, through the server's surfaces. */

const world = useRest();

const update = (record: { id: string }, change: object, noun = "customer"): Promise<RpcReply> =>
  world.rpc(`${noun}.update`, { where: { id: record.id }, ...change });
const listed = async (filter: object, noun = "customer"): Promise<string[]> => {
  const { data, error } = await world.rpc(`${noun}.list`, { filter });
  if (error) throw new Error(error.message);
  return (data["items"] as JsonObject[]).map(({ id }) => id as string);
};
/** Expects the stored form of each value, and that writing it back changes nothing. */
async function kept(field: string, written: unknown): Promise<unknown> {
  const record = await world.make("customer");
  const { error } = await update(record, { patch: { [field]: written } });
  if (error) throw new Error(error.message);
  const { [field as keyof CustomerJson]: value } = await world.now(record);
  expect((await update(record, { patch: { [field]: value } })).data).toMatchObject({ applied: false });
  return value;
}

describe("a value that was read can be written back", () => {
  it.each<[field: string, written: unknown, stored: unknown]>([
    ["email", "sales&support@example.com", "sales&support@example.com"],
    ["email", "bounce=ada=example.org@example.com", "bounce=ada=example.org@example.com"],
    ["email", "info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"],
    ["emails", ["Info@ПРИМЕР.рф", "info@xn--e1afmkfd.xn--p1ai"], ["Info@xn--e1afmkfd.xn--p1ai"]],
    ["addressCountry", "Viet Nam", "VN"],
    ["addressCountry", "Türkiye".normalize("NFD"), "TR"],
    ["addressCountry", "Bolivia (Plurinational State of)", "BO"],
    ["phone", "\u202a+1 415\u202f555\u00a02671\u202c", "+14155552671"],
    ["phone", "tel:+1-415-555-2671", "+14155552671"],
    ["phone", "＋１ ４１５ ５５５ ２６７１", "+14155552671"],
    ["activationDate", "2026-03-01t09:30:00z", "2026-03-01T09:30:00.000Z"],
    ["activationDate", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["providedId", "A\u030angstro\u0308m", "Ångström"],
    ["name", "  spaced  ", "  spaced  "],
  ])("%s: %j", async (field, written, stored) => {
    expect(await kept(field, written)).toEqual(stored);
  });

  it.each<[field: string, written: unknown, message: RegExp]>([
    ["email", "a@x-.com", /domain/],
    ["email", `${"a".repeat(65)}@example.com`, /64/],
    ["email", "ada news@example.com", /space/],
    ["addressCountry", "Czechoslovakia", /CZ/],
    ["phone", "+1 415 555 2671 ext. 5", /extension/],
    ["activationDate", "2026-02-30T00:00:00Z", /RFC 3339/],
    ["providedId", "bob ", /white space/],
    ["providedId", "b\u200bob", /U\+200B/],
    ["referenceId", "..", /path/],
  ])("or is refused at once: %s %j", async (field, written, message) => {
    const record = await world.make("customer");
    const { error } = await update(record, { patch: { [field]: written } });
    expect(error.faults).toEqual([
      {
        pointer: `/patch/${field}`,
        code: expect.any(String) as string,
        message: expect.stringMatching(message) as string,
      },
    ]);
  });

  it("a local number that cannot be dialled from other countries is refused", async () => {
    await world.neighbour.rpc("tenant.update", { patch: { defaultCountry: "CA" } });
    const record = await world.make("customer", {}, world.neighbour.rpc);
    const { error } = await world.neighbour.rpc("customer.update", {
      where: { id: record.id },
      patch: { phone: "0652985" },
    });
    expect(faultCodes(error)).toEqual({ "/patch/phone": "invalid_format" });
  });
});

describe("an address with a domain in Unicode", () => {
  it("is equal in both forms, in sets and in filters of every surface", async () => {
    const host = fresh();
    const [unicode, ascii] = [`info@${host}.bücher.example`, `info@${host}.xn--bcher-kva.example`];
    const record = await world.make("customer", { emails: [unicode] });
    expect((await update(record, { add: { emails: [ascii.toUpperCase()] } })).data).toMatchObject({
      applied: false,
    });
    for (const email of [unicode, ascii, unicode.toUpperCase()]) {
      expect(await listed({ email })).toEqual([record.id]);
      const { json } = await world.rest("GET", `/api/customers?email=${encodeURIComponent(email)}`);
      expect(json).toMatchObject({ items: [{ id: record.id }] });
    }
    await update(record, { remove: { emails: [unicode.toUpperCase()] } });
    expect((await world.now(record)).emails).toEqual([]);
  });
});

describe("a filter", () => {
  it.each([
    ["email=ada+news@example.com", "email"],
    ["email=nobody", "email"],
    ["changedSince=2026-03-01", "changedSince"],
    ["namePrefix=a%00", "namePrefix"],
  ])("with a value that no record can have is refused: %s", async (query, name) => {
    const { status, json } = await world.rest("GET", `/api/customers?${query}`);
    expect(status).toBe(422);
    expect(json["errors"]).toMatchObject([{ parameter: name }]);
    const value = decodeURIComponent(query.slice(name.length + 1).replaceAll("+", " "));
    const { error } = await world.rpc("customer.list", { filter: { [name]: value } });
    expect(Object.keys(faultCodes(error))).toEqual([`/filter/${name}`]);
  });

  it("accepts an instant in every spelling", async () => {
    const { status } = await world.rest("GET", "/api/users?changedSince=2026-03-01t09:30:00z");
    expect(status).toBe(200);
  });
});

describe("a UUID in capitals", () => {
  it("names a record wherever an id does", async () => {
    const top = await world.make("customer", { hierarchyLevel: "Level 0" });
    const id = top.id.toUpperCase();
    const below = await world.make("customer", { hierarchyLevel: "Level 1", parent: id });
    expect(below.parent).toBe(top.id);
    const user = await world.make("user", { customer: id });
    expect(user.customer).toBe(top.id);

    expect((await world.rpc("customer.get", { where: { id } })).data).toMatchObject({ id: top.id });
    expect((await world.rpc("customer.history", { where: { id } })).data["items"]).toHaveLength(1);
    expect((await world.rest("GET", `/api/customers/${id}`)).json).toMatchObject({ id: top.id });
    expect((await world.rest("GET", `/api/customers/${id}/history`)).status).toBe(200);
    expect(await listed({ ids: [id] })).toEqual([top.id]);
    expect(await listed({ parent: id })).toEqual([below.id]);
    expect(await listed({ customer: id }, "user")).toEqual([user.id]);
    for (const path of [
      `/api/customers?ids=${id}`,
      `/api/customers?parent=${id}`,
      `/api/changes?ids=${id}`,
    ]) {
      expect((await world.rest("GET", path)).json["items"], path).toHaveLength(1);
    }
    expect((await world.rpc("change.list", { ids: [id] })).data["items"]).toHaveLength(1);
    const patched = await world.rest("PATCH", `/api/customers/${id}`, { body: { name: "found" } });
    expect(patched.json).toMatchObject({ id: top.id, version: 2 });
    expect(
      (await world.rpc("customer.updateMany", { items: [{ where: { id }, patch: { name: "many" } }] })).data,
    ).toMatchObject({ applied: 1 });
  });

  it("names a record in the paths and bodies of the documented formats, too", async () => {
    const put = (path: string, auth: string, body: object) =>
      world.send({
        method: "PUT",
        path,
        headers: { authorization: `${auth} ${world.token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const customer = await world.make("customer");
    const id = customer.id.toUpperCase();
    expect((await put(`/v1/customers/${id}`, "Token", { id, firstName: "Ada" })).status).toBe(200);
    expect((await put(`/customers/${id}`, "Bearer", { uuid: "x" })).status).toBe(200);
    expect((await world.now(customer)).version).toBe(3);
    const user = await world.make("user");
    expect((await put(`/v1/users/${user.id.toUpperCase()}`, "Token", { title: "x" })).status).toBe(200);
  });

  it("as a providedId is stored unchanged", async () => {
    const providedId = "550E8400-E29B-41D4-A716-446655440000";
    const record = await world.make("customer", { providedId, hierarchyLevel: "Level 0" });
    expect(record.providedId).toBe(providedId);
    const below = await world.make("customer", { parent: providedId, hierarchyLevel: "Level 1" });
    expect(below.parent).toBe(record.id);
  });
});

describe("names are found in any case", () => {
  it.each([
    ["Κώστας Μ", ["ΚΏΣ", "κώστας", "ΚΏΣΤΑΣ"]],
    ["Straßmann", ["STRASS", "strass", "STRAẞ"]],
    ["İpek", ["ipek", "IPEK", "İPEK", "i"]],
    ["ﬁnn", ["FIN", "fin"]],
    ["Zoe\u0308", ["ZOË", "zoë"]],
  ])("%s", async (name, prefixes) => {
    const record = await world.make("customer", { name });
    for (const namePrefix of prefixes) expect(await listed({ namePrefix }), namePrefix).toContain(record.id);
    const { json } = await world.rest(
      "GET",
      `/api/customers?namePrefix=${encodeURIComponent(prefixes[0] as string)}`,
    );
    expect((json["items"] as JsonObject[]).map(({ id }) => id)).toContain(record.id);
  });
});

describe("texts that name a record", () => {
  it("are equal in every normal form", async () => {
    const name = `Zoë ${fresh()}`;
    const [nfc, nfd] = [name.normalize("NFC"), name.normalize("NFD")];
    const user = await world.make("user", { username: nfd });
    expect(user.username).toBe(nfc);
    expect((await world.rpc("user.create", { username: nfc })).error.code).toBe("CONFLICT");
    expect((await world.rpc("user.create", { username: nfd })).error.code).toBe("CONFLICT");
    expect((await world.rpc("user.get", { where: { username: nfd } })).data).toMatchObject({ id: user.id });
    expect((await world.rest("GET", `/api/users/${encodeURIComponent(nfd)}?by=username`)).json).toMatchObject(
      { id: user.id },
    );

    await world.rpc("groupTag.create", { name: nfd });
    const customer = await world.make("customer", { providedId: nfd, groupTags: [nfd] });
    expect(customer).toMatchObject({ providedId: nfc, groupTags: [nfc] });
    for (const groupTag of [nfc, nfd]) expect(await listed({ groupTag })).toEqual([customer.id]);
    expect((await update(customer, { add: { groupTags: [nfd] } })).data).toMatchObject({ applied: false });
    await update(customer, { remove: { groupTags: [nfd] } });
    expect((await world.now(customer)).groupTags).toEqual([]);
    const { status } = await world.send({
      method: "POST",
      path: "/api/update_customer/",
      headers: { "explo-authorization": `Token ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify({ provided_id: nfd, name: "found" }),
    });
    expect(status).toBe(200);
  });

  it.each([
    ["user.create", { username: " " }, "/username"],
    ["user.create", { username: "bob\u202e" }, "/username"],
    ["user.upsert", { where: { username: "bob " }, patch: {} }, "/where/username"],
    ["customer.create", { referenceId: "\ufeffa" }, "/referenceId"],
    ["groupTag.create", { name: "a\u00ad" }, "/name"],
    ["channel.create", { name: "\u2066a\u2069" }, "/name"],
    ["accessGroup.create", { name: "a\u0000" }, "/name"],
    ["hierarchyLevel.replaceAll", { levels: ["Level 0", "Level 1", "Level 2", "a\u200b"] }, "/levels/3"],
  ])("are refused if they are indistinguishable from others: %s %j", async (path, input, at) => {
    expect(faultCodes((await world.rpc(path, input)).error)).toEqual({ [at]: "invalid_format" });
  });

  it("are equal if an earlier release stored another normal form", async () => {
    const text = `Zoë ${fresh()}`;
    const [nfc, nfd] = [text.normalize("NFC"), text.normalize("NFD")];
    const user = await world.make("user");
    const customer = await world.make("customer");
    const tag = await world.rpc("groupTag.create", { name: fresh() });
    const { database } = world.server;
    await tamper(database, `update users set username = '${nfd}' where id = '${user.id}'`);
    await tamper(database, `update customers set provided_id = '${nfd}' where id = '${customer.id}'`);
    await tamper(database, `update group_tags set name = '${nfd}' where id = '${tag.data["id"] as string}'`);

    expect((await world.rpc("user.create", { username: nfc })).error.code).toBe("CONFLICT");
    expect((await world.rpc("groupTag.create", { name: nfc })).error.code).toBe("CONFLICT");
    const other = await world.make("user");
    expect(faultCodes((await update(other, { patch: { username: nfc } }, "user")).error)).toEqual({
      "/patch/username": "taken",
    });
    for (const username of [nfc, nfd]) {
      const where = { username };
      expect((await world.rpc("user.get", { where })).data).toMatchObject({ id: user.id });
      expect((await world.rpc("user.upsert", { where, patch: { title: username } })).data).toMatchObject({
        created: false,
      });
    }
    expect((await world.now(user)).username).toBe(nfd);
    const path = `/api/users/${encodeURIComponent(nfc)}?by=username`;
    expect((await world.rest("GET", path)).json).toMatchObject({ id: user.id });

    const tagged = await world.make("customer", { groupTags: [nfc] });
    expect(tagged.groupTags).toEqual([nfd]);
    for (const groupTag of [nfc, nfd]) expect(await listed({ groupTag })).toEqual([tagged.id]);
    expect((await update(tagged, { patch: { groupTags: [nfc] } })).data).toMatchObject({ applied: false });
    const merge = { where: { providedId: nfc }, into: { id: tagged.id }, prefer: { providedId: "from" } };
    expect((await world.rpc("customer.merge", merge)).status).toBe(200);
    expect((await world.now(tagged)).providedId).toBe(nfd);
  });

  it("that an earlier release accepted are found, kept and changed", async () => {
    const record = await world.make("customer");
    const old = ` e\u0301 ${fresh()}\u200b `;
    await tamper(
      world.server.database,
      `update customers set provided_id = '${old}', email = 'a@x-.com', emails = '["b@x-.com"]' where id = '${record.id}'`,
    );
    await tamper(world.server.database, `delete from search_terms where record_id = '${record.id}'`);
    const where = { providedId: old };
    expect((await world.rpc("customer.get", { where })).data).toMatchObject({ id: record.id });
    const asRead = { providedId: old, email: "a@x-.com", emails: ["b@x-.com"] };
    expect((await world.rpc("customer.update", { where, patch: asRead })).data).toMatchObject({
      applied: false,
    });
    const patched = await world.rest("PATCH", `/api/customers/${record.id}`, {
      body: { ...asRead, name: "new" },
    });
    expect(patched.json).toMatchObject({ name: "new", providedId: old, version: 2 });
    const upserted = await world.rpc("customer.upsert", { where, patch: { name: "newer" } });
    expect(upserted.data).toMatchObject({ created: false, version: 3 });
    await update(record, { remove: { emails: ["b@x-.com"] }, patch: { email: null } });
    expect(await world.now(record)).toMatchObject({ emails: [], email: null });
    const { error } = await update(record, { patch: { email: "a@x-.com" }, add: { emails: ["b@x-.com"] } });
    expect(faultCodes(error)).toEqual({
      "/patch/email": "invalid_format",
      "/add/emails/0": "invalid_format",
    });
  });
});
