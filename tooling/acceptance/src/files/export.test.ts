import { createClient, type RosterClient } from "@roster/client";
import { exportRecords, FileError, type ExportOptions } from "@roster/client/import";
import { beforeEach, describe, expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { exported, imported, newTenant } from "./tenants.ts";

const { server } = useServer({}, { mayLogErrors: false });
let client: RosterClient;
beforeEach(async () => {
  client = await newTenant(server);
});

const count = 700;
const own = (i: number) => ({ providedId: `c${i}` });
/** Customers, every third of them in Lyon. */
const fill = () =>
  client.customer.createMany.mutate({
    items: Array.from({ length: count }, (_, i) => ({
      ...own(i),
      name: `Name ${i}`,
      addressCity: i % 3 === 0 ? "Lyon" : "Paris",
    })),
  });
const update = (i: number, patch: object) => client.customer.update.mutate({ where: own(i), patch });
const sorted = (text: string) => text.split("\n").toSorted();

describe("an export", () => {
  const fields = ["providedId", "name", "addressCity", "version"];
  const options: [string, Partial<ExportOptions>][] = [
    ["of everything", {}],
    ["of what a filter finds", { filter: { addressCity: "lyon" } }],
    ["of what changed since a position", { since: 10 }],
  ];

  it.each(options)("%s shows one moment, whatever is changed while it runs", async (_what, more) => {
    await fill();
    await client.customer.delete.mutate({ where: own(1) });
    const deleted = (await client.customer.list.query({ filter: { deleted: true } })).items[0]?.id as string;
    const before = await exported(client, { type: "customer", fields, ...more });
    const { seq, text } = await exportRecords(client, { type: "customer", fields, ...more });
    expect(seq).toBe(before.seq);
    let whole = "";
    let turn = 0;
    for await (const piece of text) {
      whole += piece;
      // At the beginning, in the middle and at the end of the list: into the filter, out of it, both, and away.
      for (const near of [5, 350, 660]) {
        const i = near + 3 * turn;
        await Promise.all([
          update(i, { addressCity: "Lyon", name: "changed" }),
          update(i + 1, { addressCity: "Paris", properties: { turn } }),
          client.customer.delete.mutate({ where: own(i + 2) }),
        ]);
      }
      if (turn === 0) await client.customer.restore.mutate({ where: { id: deleted } });
      await client.customer.create.mutate({ ...own(count + turn), addressCity: "Lyon" });
      turn++;
    }
    expect(turn).toBeGreaterThan(1);
    expect(sorted(whole)).toEqual(sorted(before.text));
  });

  it("leaves out records that are erased while it runs", async () => {
    await fill();
    const { text } = await exportRecords(client, { type: "customer", fields: ["providedId"] });
    const [, first] = [await text.next(), await client.customer.erase.mutate({ where: own(699) })];
    let whole = "";
    for await (const piece of text) whole += piece;
    expect(whole).not.toContain("c699");
    expect(whole.trim().split("\n")).toHaveLength(count - 1);
    expect(first.erasedAt).toBeInstanceOf(Date);
  });

  it("of changes names each changed record once, deleted ones too, and an import refuses these", async () => {
    await fill();
    const { seq } = await exported(client, { type: "customer" });
    await update(3, { name: "once" });
    await update(3, { name: "twice" });
    await client.customer.delete.mutate({ where: own(4) });
    const { text } = await exported(client, {
      type: "customer",
      since: seq,
      fields: ["providedId", "name", "deletedAt"],
    });
    expect(sorted(text)).toEqual([
      "",
      "c3,twice,",
      expect.stringMatching(/^c4,Name 4,2\d{3}-/),
      "providedId,name,deletedAt",
    ]);
    const { counts, examples } = await imported(client, text);
    expect(counts).toEqual([0, 0, 1, 1]);
    expect(examples[0]?.reason).toContain("the record is deleted");
    const all = await exported(client, { type: "customer", since: seq });
    expect(all.text.split("\n")[0]).toMatch(/^id,.*,version,deletedAt$/);
    expect((await exported(client, { type: "customer", since: all.seq })).text.split("\n")).toHaveLength(2);
  });

  it("names parents by their own ids, so that another tenant can take them", async () => {
    await client.hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Site"] });
    const group = await client.customer.create.mutate({ providedId: "group", hierarchyLevel: "Group" });
    const nameless = await client.customer.create.mutate({ hierarchyLevel: "Group" });
    for (const parent of [group.id, nameless.id])
      await client.customer.create.mutate({ hierarchyLevel: "Site", parent });
    const { text } = await exported(client, { type: "customer", fields: ["hierarchyLevel", "parent"] });
    expect(text).toBe(`hierarchyLevel,parent\nGroup,\nGroup,\nSite,group\nSite,${nameless.id}\n`);
  });

  it("of users keeps ids of customers that the token may not read", async () => {
    const customer = await client.customer.create.mutate({ providedId: "acme" });
    await client.user.create.mutate({ username: "ada", customer: customer.id });
    const fields = ["username", "customer"];
    expect((await exported(client, { type: "user", fields })).text).toBe("username,customer\nada,acme\n");
    const { token } = await client.token.create.mutate({ name: "users", scopes: ["users:read"] });
    const narrow = createClient({ url: server.url, token });
    expect((await exported(narrow, { type: "user", fields })).text).toBe(
      `username,customer\nada,${customer.id}\n`,
    );
  });

  it("of nothing is a header", async () => {
    expect(await exported(client, { type: "user", fields: ["username", "email"] })).toMatchObject({
      text: "username,email\n",
    });
    expect(await exported(client, { type: "user", format: "jsonl" })).toMatchObject({ text: "" });
  });

  it.each<[string, Partial<ExportOptions>]>([
    ['there is no field "nmae"; did you mean name?', { fields: ["nmae"] }],
    [
      "computedProperties depends on other records and cannot be exported",
      { fields: ["computedProperties"] },
    ],
    ["the column name is named more than once", { fields: ["name", "id", "name"] }],
    [
      "the column properties.a is named more than once",
      { fields: ["properties.a", "/properties/a", "properties.a:text"] },
    ],
    ["an export of changes has no filter", { since: 0, filter: { addressCity: "Lyon" } }],
    ["before 99", { since: 99 }],
    ["an export has conditions on fields, and namePrefix is none", { filter: { namePrefix: "a" } }],
    ["/filter/dateOfBirth", { filter: { dateOfBirth: "tomorrow" } }],
  ])("is refused with: %s", async (message, options) => {
    const refusal = exported(client, { type: "customer", ...options });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toBeInstanceOf(FileError);
  });
});
