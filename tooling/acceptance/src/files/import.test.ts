import { createClient, isAborted, type RosterClient } from "@roster/client";
import { FileError, importRecords, type ImportProgress, type RowOutcome } from "@roster/client/import";
import { beforeEach, describe, expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { exported, imported, newTenant } from "./tenants.ts";

const { server } = useServer({}, { mayLogErrors: false });
let client: RosterClient;
beforeEach(async () => {
  client = await newTenant(server);
});

const list = async () => (await client.customer.list.query({ limit: 200 })).items;
const get = (providedId: string) => client.customer.get.query({ where: { providedId } });

describe("an import", () => {
  it("creates and updates records, leaves others alone, and gives the reason for a refused row", async () => {
    await client.groupTag.create.mutate({ name: "vip" });
    const text = [
      "providedId;E-Mail;Name;Tags;Geboren;properties.seats:number",
      'acme;office@acme.example;"Acme; Ltd";vip;1.3.2001;1.234',
      "beta;;Beta;;;",
      "bad;nobody;Bad;nope;31.2.2001;viele",
      "tag;;Tag;nope;;",
      ";;Nameless;;;",
      "",
    ].join("\r\n");
    const options = { mapping: { Geboren: "dateOfBirth" }, dateFormat: "D.M.YYYY", locale: "de" };
    const first = await imported(client, text, options);
    expect(first.counts).toEqual([2, 0, 0, 3]);
    expect(await get("acme")).toMatchObject({
      name: "Acme; Ltd",
      email: "office@acme.example",
      groupTags: ["vip"],
      dateOfBirth: "2001-03-01",
      properties: { seats: 1234 },
      version: 1,
    });
    expect(first.file.split("\n")).toEqual([
      "providedId;E-Mail;Name;Tags;Geboren;properties.seats:number;refused because",
      `bad;nobody;Bad;nope;31.2.2001;viele;"properties.seats:number: ""viele"" is not a number"`,
      `tag;;Tag;nope;;;"Tags: there is no group tag ""nope"""`,
      ";;Nameless;;;;providedId: the row has no providedId, so it names no record",
      "",
    ]);
    expect(first.examples.map(({ row }) => row)).toEqual([4, 5, 6]);

    const second = await imported(client, text.replace("Beta", "Beta Ltd"), options);
    expect(second.counts).toEqual([0, 1, 1, 3]);
    expect(await get("beta")).toMatchObject({ name: "Beta Ltd", version: 2 });
  });

  it("takes the mended file of refused rows, whose reasons it leaves out", async () => {
    const { file } = await imported(client, "providedId,email\na,x@\nb,b@x.example\n");
    expect((await imported(client, file.replace("x@,", "a@x.example,"))).counts).toEqual([1, 0, 0, 0]);
    expect(new Set((await list()).map(({ email }) => email))).toEqual(
      new Set(["a@x.example", "b@x.example"]),
    );
  });

  it.each([
    [
      "JSON Lines",
      '{"providedId":"a","properties":{"n":null},"emails":["a@x.example"]}\n{"providedId":"b","email":7}\nnonsense\n',
    ],
    [
      "a JSON array",
      '[{"providedId":"a","properties":{"n":null},"emails":["a@x.example"]},\n{"providedId":"b","email":7}]',
    ],
  ])("reads %s, and writes refused rows in the same format", async (_format, text) => {
    const { counts, file } = await imported(client, text);
    expect(counts.slice(0, 3)).toEqual([1, 0, 0]);
    expect(await get("a")).toMatchObject({ properties: { n: null }, emails: ["a@x.example"] });
    const mended = file.replace('"email":7', '"email":"b@x.example"').replace(/^.*nonsense.*\n/m, "");
    expect((await imported(client, mended)).counts).toEqual([1, 0, 0, 0]);
  });

  it.each(["id", "number", "referenceId", "email"])("finds records by %s", async (key) => {
    const made = await client.customer.create.mutate({
      referenceId: "r1",
      email: "Ada@x.example",
      name: "Ada",
    });
    const value = { id: made.id, number: made.number, referenceId: "r1", email: "ada@X.example" }[key];
    const unknown = {
      id: "01900000-0000-7000-8000-000000000000",
      number: 99,
      referenceId: "r2",
      email: "b@x.example",
    }[key];
    const { counts } = await imported(client, `${key},name\n${value},Ada L.\n${unknown},New\n`, { key });
    const assigned = key === "id" || key === "number";
    expect(counts).toEqual(assigned ? [0, 1, 0, 1] : [1, 1, 0, 0]);
    expect(await client.customer.get.query({ where: { id: made.id } })).toMatchObject({
      name: "Ada L.",
      version: 2,
    });
  });

  it("finds records by a property that has an index, also when it is started again", async () => {
    await client.tenant.setPropertiesSchema.mutate({
      schema: { properties: { crm: { properties: { id: { type: "string", "x-roster-index": true } } } } },
    });
    for (let building = true; building;)
      building = (await client.customer.indexes.query()).some(({ state }) => state === "building");
    for (const id of ["x1", "twin", "twin"])
      await client.customer.create.mutate({ name: "old", properties: { crm: { id, other: 1 } } });
    const text = "properties.crm.id,name\nx1,A\nx2,B\ntwin,C\n\u00e93,D\ne\u03013,E\n";
    const options = { key: "properties.crm.id" };
    // Ends after the records are stored, before the answer comes.
    const abort = new AbortController();
    const { token } = await client.token.create.mutate({ name: "cut", scopes: ["admin"] });
    const cut = createClient({
      url: server.url,
      token,
      retries: 0,
      async fetch(url, init) {
        const response = await fetch(url, init);
        if (!url.includes("upsertMany") || init.body?.includes('"dryRun":true')) return response;
        abort.abort();
        throw new TypeError("cut");
      },
    });
    await expect(imported(cut, text, { ...options, signal: abort.signal })).rejects.toThrow("aborted");
    const again = createClient({ url: server.url, token });
    const { counts, examples, resumed } = await imported(again, text, options);
    expect([counts, resumed]).toEqual([[1, 1, 0, 3], 5]);
    expect(examples.map(({ row, reason }) => `${row} ${reason}`)).toEqual([
      "4 properties.crm.id: several customers have this value, so it names none of them",
      "5 properties.crm.id: other rows of the file have the same properties.crm.id",
      "6 properties.crm.id: other rows of the file have the same properties.crm.id",
    ]);
    const stored = (await list()).map(({ name, properties, version }) => [name, properties, version]);
    expect(stored).toContainEqual(["A", { crm: { id: "x1", other: 1 } }, 2]);
    expect(stored).toContainEqual(["B", { crm: { id: "x2" } }, 1]);
    expect(stored).toHaveLength(4);
    const { items } = await client.changeSet.list.query({ kind: "import" });
    expect(items).toMatchObject([{ created: 1, updated: 1 }]);
  });

  it("refuses a row that several records match, and rows of one key", async () => {
    for (const name of ["one", "two"]) await client.customer.create.mutate({ name, email: "twin@x.example" });
    const text = "email,name\ntwin@x.example,x\nA@x.example,a\nb@x.example,b\na@X.example,a\n";
    const { counts, examples } = await imported(client, text, { key: "email" });
    expect(counts).toEqual([1, 0, 0, 3]);
    expect(examples.map(({ row, reason }) => `${row} ${reason}`)).toEqual([
      "2 email: several customers have this email, so it names none of them",
      "3 email: other rows of the file have the same email",
      "5 email: other rows of the file have the same email",
    ]);
  });

  it("without a key makes a record of every row", async () => {
    const { counts } = await imported(client, "name,properties.a.b,emails+\nA,1,a@x.example\nA,2,\n", {
      key: undefined,
    });
    expect(counts).toEqual([2, 0, 0, 0]);
    expect((await list()).map(({ properties, emails }) => [properties, emails])).toEqual([
      [{ a: { b: 1 } }, ["a@x.example"]],
      [{ a: { b: 2 } }, []],
    ]);
  });

  it("keeps or clears what an empty cell is for", async () => {
    await client.customer.create.mutate({
      providedId: "a",
      name: "A",
      emails: ["a@x.example"],
      isDemo: true,
      properties: { plan: "pro", other: 1 },
    });
    const text = "providedId,name,emails,isDemo,properties.plan\na,,,,\n";
    expect((await imported(client, text)).counts).toEqual([0, 0, 1, 0]);
    expect((await imported(client, text, { empty: "clear" })).counts).toEqual([0, 1, 0, 0]);
    expect(await get("a")).toMatchObject({ name: null, emails: [], isDemo: true, properties: { other: 1 } });
  });

  it("stores children before their parents are read", async () => {
    await client.hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Company", "Site"] });
    const rows = Array.from({ length: 30 }, (_, i) => `site-${i},Site,company`);
    const text = [
      "providedId,hierarchyLevel,parent",
      ...rows,
      "company,Company,group",
      "group,Group,",
      "lost,Site,nobody",
      "",
    ].join("\n");
    const rehearsed = await imported(client, text, { dryRun: true });
    expect([...rehearsed.counts, rehearsed.undecided]).toEqual([1, 0, 0, 1, 31]);
    const { counts, examples } = await imported(client, text);
    expect(counts).toEqual([32, 0, 0, 1]);
    expect(examples).toEqual([{ row: 34, reason: 'parent: there is no customer "nobody"' }]);
    const [company, site] = await Promise.all([get("company"), get("site-0")]);
    expect(site.parent).toBe(company.id);
    expect(company.parent).toBe((await get("group")).id);
  });

  it("stores nothing in a dry run, and reports the expected outcome of every row", async () => {
    await client.customer.create.mutate({ providedId: "a", name: "A" });
    const { counts, changeSet, file } = await imported(client, "providedId,name\na,B\nb,B\nc,\u0000\n", {
      dryRun: true,
    });
    expect([counts, changeSet]).toEqual([[1, 1, 0, 1], null]);
    expect(file).toContain("refused because");
    expect((await list()).map(({ name }) => name)).toEqual(["A"]);
    expect((await client.changeSet.list.query({ kind: "import" })).items).toEqual([]);
  });

  it.each([
    ["found by reading the file", "a,x@\n", 0],
    ["found by asking Roster", "a,\nb,\n", 0],
  ])("stops before anything is stored if too many rows are refused, %s", async (_how, rows, maxErrors) => {
    const text = `providedId,email,groupTags\n${rows.replaceAll(",\n", ",,nope\n").replaceAll("@\n", "@,\n")}c,,\n`;
    const { stopped, changeSet, file } = await imported(client, text, { maxErrors });
    expect([stopped, changeSet]).toEqual([true, null]);
    expect(file).toMatch(/^providedId,email,groupTags,refused because\na,/);
    expect(await list()).toEqual([]);
  });

  it("reports its progress with a rate and the time that is left", async () => {
    const text = "providedId\n" + Array.from({ length: 2_100 }, (_, i) => `c${i}\n`).join("");
    const seen: ImportProgress[] = [];
    await importRecords(client, text, {
      type: "customer",
      key: "providedId",
      progress: (progress) => seen.push(progress),
    });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(["check", "rehearse", "store"]);
    expect(
      seen.filter(({ phase }) => phase === "store").map(({ rows, total, created }) => [rows, total, created]),
    ).toEqual([
      [1_000, 2_100, 1_000],
      [2_000, 2_100, 2_000],
      [2_100, 2_100, 2_100],
    ]);
    expect(seen.every(({ rowsPerSecond, secondsLeft }) => rowsPerSecond > 0 && (secondsLeft ?? 0) >= 0)).toBe(
      true,
    );
  });

  it("reports the expected and the actual outcome of each row, with the changes and the faults", async () => {
    await importRecords(client, "providedId,name\nold,Before\nsame,Same\n", {
      type: "customer",
      key: "providedId",
    });
    const text = "providedId,name,email\nold,After,\nsame,Same,\nnew,New,\nbad,Bad,nobody\n";
    const told = async (dryRun: boolean) => {
      const seen: RowOutcome[] = [];
      const outcome = (row: RowOutcome) => seen.push(row);
      await importRecords(client, text, { type: "customer", key: "providedId", dryRun, outcome });
      return seen;
    };
    const planned = await told(true);
    expect(planned.map(({ row, outcome }) => [row, outcome])).toEqual([
      [2, "updated"],
      [3, "unchanged"],
      [4, "created"],
      [5, "refused"],
    ]);
    expect(planned[0]).toMatchObject({
      content: { cells: ["old", "After", ""] },
      changes: [{ path: "/name", from: "Before", to: "After" }],
    });
    expect(planned[3]?.faults).toMatchObject([{ column: "email", code: "invalid_format" }]);
    const done = await told(false);
    expect(done.map(({ outcome }) => outcome)).toEqual(["updated", "unchanged", "created", "refused"]);
  });

  it("keeps each request within the size that Roster takes", async () => {
    const bio = "é".repeat(9_000);
    const text = "username,bio\n" + Array.from({ length: 300 }, (_, i) => `u${i},${bio}\n`).join("");
    const { counts } = await imported(client, text, { type: "user", key: "username" });
    expect(counts).toEqual([300, 0, 0, 0]);
  });

  it.each([
    ["has an unknown column", "providedId,Nonsense\n", {}, 'the column "Nonsense" matches no field'],
    ["has no column for the key", "name\nA\n", {}, "no column of the file is for the key providedId"],
    ["has a key that is none", "name\nA\n", { key: "name" }, "name cannot be the key"],
    ["is empty", "", {}, "the file is empty"],
    ["is a workbook", "PK\u0003\u0004", {}, "save it as CSV"],
    ["has a quote that is not closed", 'providedId\n"a\n', {}, "row 2 has a quote that is not closed"],
    ["has no delimiter", "providedId\na\n", { delimiter: "" }, "the delimiter must not be empty"],
    ["has quotes as delimiters", "providedId\na\n", { delimiter: '"' }, "the delimiter must not be empty"],
    ["has lists without a separator", "providedId\na\n", { listSeparator: "" }, "must not be empty"],
    ["is in another encoding", "providedId\nZo\u00eb\n", { encoding: "nonsense" }, "there is no encoding"],
  ])("refuses a file that %s, before anything is sent", async (_what, text, options, message) => {
    const refusal = imported(client, text, options);
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toBeInstanceOf(FileError);
  });
});

describe("an import that is started again", () => {
  const text = "providedId,name\n" + Array.from({ length: 2_100 }, (_, i) => `c${i},Name ${i}\n`).join("");

  it("goes on where it was interrupted, in the same change set, and does nothing twice", async () => {
    const abort = new AbortController();
    const interrupted = imported(client, text, {
      signal: abort.signal,
      progress: ({ phase, rows }) => void (phase === "store" && rows === 1_000 && abort.abort()),
    });
    await interrupted.then(
      () => expect.fail("it ended"),
      (error: unknown) => expect(isAborted(error)).toBe(true),
    );
    const result = await imported(client, text);
    expect(result).toMatchObject({ counts: [2_100, 0, 0, 0], resumed: 1_000 });
    const { items } = await client.changeSet.list.query({ kind: "import" });
    expect(items).toMatchObject([{ id: result.changeSet, created: 2_100, updated: 0 }]);
    const { text: all } = await exported(client, { type: "customer", fields: ["version"] });
    expect(new Set(all.split("\n"))).toEqual(new Set(["version", "1", ""]));
  });

  it("is a new import once it has ended, so that it enforces the file again", async () => {
    const small = "providedId,name\na,A\nb,B\n";
    const first = await imported(client, small);
    await client.customer.update.mutate({ where: { providedId: "a" }, patch: { name: "changed" } });
    const second = await imported(client, small);
    expect(second).toMatchObject({ counts: [0, 1, 1, 0], resumed: 0 });
    expect(second.changeSet).not.toBe(first.changeSet);
    expect((await imported(client, small)).counts).toEqual([0, 0, 2, 0]);
  });

  it("after an undo brings everything back", async () => {
    const small = "providedId,name\na,A\nb,B\n";
    await client.customer.create.mutate({ providedId: "b", name: "before" });
    const before = await exported(client, { type: "customer", fields: ["providedId", "name"] });
    const { changeSet } = await imported(client, small);
    for (let done = false; !done;)
      ({ done } = await client.changeSet.undo.mutate({ where: { id: changeSet as string } }));
    expect((await exported(client, { type: "customer", fields: ["providedId", "name"] })).text).toBe(
      before.text,
    );
    expect((await imported(client, small)).counts).toEqual([1, 1, 0, 0]);
  });

  it("by someone else is an import of theirs", async () => {
    const small = "providedId,name\na,A\n";
    await imported(client, small);
    const { token } = await client.token.create.mutate({ name: "other", scopes: ["admin"] });
    const other = createClient({ url: server.url, token });
    expect((await imported(other, small)).counts).toEqual([0, 0, 1, 0]);
  });
});
