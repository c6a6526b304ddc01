import { describe, expect, it } from "vitest";
import { behavesAsDocumented, notText, textField } from "./documented-api.ts";
import { codeAndMessage, faultsOf } from "./refusals.ts";
import { next, useWorld } from "./world.ts";

/** Maiascore's "Update a single customers record". */

const world = useWorld();

const newReference = () => ({ send: `reference-${next()}` });

behavesAsDocumented(
  {
    source: "maiascore",
    record: "customer",
    scope: "customers:write",
    method: "PUT",
    openApi: {
      path: "/customers/{id}",
      contentTypes: ["application/json", "application/xml", "application/x-www-form-urlencoded"],
      securityHeader: "Bearer",
    },
    authorization: (token) => ({ Authorization: `Bearer ${token}` }),
    otherAuthorizations: (token) => [
      ["Authorization", `Token ${token}`],
      ["Authorization", token],
    ],
    unauthenticated: 403,
    foundBy: {
      id: ({ id }) => ({ path: `/customers/${id}` }),
      referenceId: ({ referenceId }) => ({ path: `/customers/${encodeURIComponent(referenceId ?? "")}` }),
    },
    ownKey: { typed: "referenceId", foundBy: "referenceId" },
    fields: {
      uuid: textField("uuid", "7f9c24e8-3b12-4fef-91e0-56a2d5a5c1d4", "string"),
      referenceId: {
        typed: "referenceId",
        first: newReference,
        second: newReference,
        null: "clears",
        wrong: [...notText, "", "x".repeat(256)],
      },
      dateOfBirth: {
        typed: "dateOfBirth",
        first: { send: "2019-08-24" },
        second: { send: "2020-02-29T23:30:00-05:00", reads: "2020-02-29" },
        null: "clears",
        wrong: [
          20190824,
          "",
          "2019-02-29",
          "2019-08-32",
          "2019-13-01",
          "2019-8-24",
          "24/08/2019",
          "2019-02-29T00:00:00Z",
        ],
      },
      addressStreet: textField("addressStreet", "Rua Augusta 100", "Avenida Paulista 1"),
      addressNeighborhood: textField("addressNeighborhood", "Consolação", "Bela Vista"),
      addressCity: textField("addressCity", "São Paulo", "Campinas"),
      addressState: textField("addressState", "SP", "RJ"),
      addressCountry: {
        typed: "addressCountry",
        first: { send: "BR" },
        second: { send: "Portugal", stored: "PT" },
        null: "clears",
        wrong: [...notText, "x".repeat(256)],
      },
      gender: {
        typed: "gender",
        first: { send: "male" },
        second: { send: "female" },
        null: "clears",
        wrong: ["", "Male", "none", 1, ["male"]],
      },
      maritalStatus: {
        typed: "maritalStatus",
        first: { send: "single" },
        second: { send: "married" },
        null: "clears",
        wrong: ["", "Single", "complicated", 1, ["single"]],
      },
    },
    otherFields: [],
    reply: {
      id: "string",
      uuid: "string?",
      referenceId: "string?",
      dateOfBirth: "date?",
      addressStreet: "string?",
      addressNeighborhood: "string?",
      addressCity: "string?",
      addressState: "string?",
      addressCountry: "string?",
      gender: "string?",
      maritalStatus: "string?",
      published_at: "instant",
      created_by: "string",
      updated_by: "string",
    },
    refusal: codeAndMessage,
  },
  world,
);

const types = {
  form: "application/x-www-form-urlencoded",
  xml: "application/xml",
  json: "application/json",
} as const;

const put = (id: string, type: string, body: string | Buffer) =>
  world.send({
    method: "PUT",
    path: `/customers/${encodeURIComponent(id)}`,
    headers: { Authorization: `Bearer ${world.token}`, "content-type": type },
    body,
  });

const example = (reference: string) => ({
  uuid: "7f9c24e8-3b12-4fef-91e0-56a2d5a5c1d4",
  referenceId: reference,
  dateOfBirth: "2019-08-24",
  addressStreet: "Rua Augusta 100",
  addressNeighborhood: "Consolação",
  addressCity: "São Paulo",
  addressState: "SP",
  addressCountry: "BR",
  gender: "male",
  maritalStatus: "single",
});

describe("the request of the page", () => {
  const bodies: [string, string, (fields: ReturnType<typeof example>) => string][] = [
    // The page's samples for curl, Node.js, Python and PHP all send this.
    ["JSON that is called a form, as the samples send it", types.form, (fields) => JSON.stringify(fields)],
    ["JSON", types.json, (fields) => JSON.stringify(fields, null, 2)],
    [
      "XML",
      types.xml,
      (fields) => `<?xml version="1.0" encoding="utf-8"?>
<item>
  <uuid>${fields.uuid}</uuid>
  <referenceId>${fields.referenceId}</referenceId>
  <dateOfBirth>${fields.dateOfBirth}</dateOfBirth>
  <addressStreet>${fields.addressStreet}</addressStreet>
  <addressNeighborhood>${fields.addressNeighborhood}</addressNeighborhood>
  <addressCity>${fields.addressCity}</addressCity>
  <addressState>${fields.addressState}</addressState>
  <addressCountry>${fields.addressCountry}</addressCountry>
  <gender>${fields.gender}</gender>
  <maritalStatus>${fields.maritalStatus}</maritalStatus>
</item>`,
    ],
    ["a real form", types.form, (fields) => new URLSearchParams(fields).toString()],
  ];

  it.each(bodies)("gets the answer that the page shows, as %s", async (_, type, write) => {
    const record = await world.make("customer");
    const fields = example(`reference-${next()}`);
    const answer = await world.send({
      method: "PUT",
      path: `/customers/${record.id}`,
      headers: { Authorization: `Bearer ${world.token}`, "content-type": type },
      body: write(fields),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.json).toEqual({
      id: record.id,
      ...fields,
      published_at: record.createdAt,
      created_by: record.createdBy,
      updated_by: record.createdBy,
    });
    expect(await world.now(record)).toMatchObject({ ...fields, version: 2 });
  });

  it("is taken literally, with its placeholder values", async () => {
    const literal = { ...example("string"), uuid: "string", addressCountry: "string" };
    const fields = Object.fromEntries(
      Object.entries(literal).map(([name, value]) => [name, name.startsWith("address") ? "string" : value]),
    );
    for (const [, type, write] of bodies) {
      const record = await world.make("customer");
      const answer = await put(record.id, type, write(fields as ReturnType<typeof example>));
      expect(answer.json).toMatchObject(fields);
      expect(await world.now(record)).toMatchObject({
        addressCountry: null,
        addressCountryAsWritten: "string",
      });
      await world.rpc("customer.delete", { where: { id: record.id } });
    }
  });

  it("with an unreplaced {id} finds no record", async () => {
    const answer = await world.send({
      method: "PUT",
      path: "/customers/%7Bid%7D",
      headers: { Authorization: `Bearer ${world.token}`, "content-type": types.form },
      body: JSON.stringify(example("reference")),
    });
    codeAndMessage(answer, 404);
  });
});

describe("the reply", () => {
  it("names the actors of the first and the latest change, and the time of creation", async () => {
    const record = await world.make("customer");
    const { data } = await world.rpc("token.create", { scopes: ["customers:write"] });
    const { json } = await world.send({
      method: "PUT",
      path: `/customers/${record.id}`,
      headers: { Authorization: `Bearer ${data["token"] as string}`, "Content-Type": types.json },
      body: '{"addressCity":"Campinas"}',
    });
    const now = await world.now(record);
    expect(json).toMatchObject({
      published_at: record.createdAt,
      created_by: record.createdBy,
      updated_by: `token:${data["id"] as string}`,
    });
    expect(now.updatedBy).toBe(json["updated_by"]);
    expect(now.updatedAt > now.createdAt).toBe(true);
  });
});

describe("the id of the reply", () => {
  it("is the one in the request, or the new reference if the request changes it", async () => {
    const record = await world.make("customer");
    const reference = record.referenceId ?? "";
    for (const id of [reference, record.id]) {
      expect((await put(id, types.json, "{}")).json["id"]).toBe(id);
    }
    expect((await put(reference, types.json, '{"referenceId":"ref-new"}')).json["id"]).toBe("ref-new");
  });
});

it("a slash at the end of the path makes no difference", async () => {
  const record = await world.make("customer");
  const call = (path: string, token = world.token) =>
    world.send({
      method: "PUT",
      path,
      headers: { Authorization: `Bearer ${token}`, "content-type": types.json },
      body: "{}",
    });
  expect((await call(`/customers/${record.referenceId}/`)).json["id"]).toBe(record.referenceId);
  codeAndMessage(await call("/customers/nobody/"), 404);
  codeAndMessage(await call(`/customers/${record.id}/`, "unknown"), 403);
});

describe("a reference id", () => {
  it("finds the customer until it is changed", async () => {
    const record = await world.make("customer");
    const reference = record.referenceId ?? "";
    expect((await put(reference, types.json, '{"referenceId":"moved"}')).status).toBe(200);
    codeAndMessage(await put(reference, types.json, "{}"), 404);
    expect((await put("moved", types.json, "{}")).json["published_at"]).toBe(record.createdAt);
  });

  it.each([
    [types.json, (reference: string) => `{"referenceId":"${reference}","gender":"other"}`],
    [
      types.xml,
      (reference: string) => `<item><referenceId>${reference}</referenceId><gender>other</gender></item>`,
    ],
    [types.form, (reference: string) => `referenceId=${reference}&gender=other`],
  ])("of another customer is refused with 409, in %s", async (type, write) => {
    const [one, other] = [await world.make("customer"), await world.make("customer")];
    const answer = await put(one.id, type, write(other.referenceId ?? ""));
    codeAndMessage(answer, 409);
    expect(faultsOf(answer)).toEqual({ "/referenceId": "taken" });
    expect(await world.now(one)).toEqual(one);
  });
});

describe("a form", () => {
  it.each([
    ["addressStreet=Rua+Augusta%2C%20100", { addressStreet: "Rua Augusta, 100" }],
    [
      "addressStreet=a%3Db%26c&addressCity=S%C3%A3o+Paulo",
      { addressStreet: "a=b&c", addressCity: "São Paulo" },
    ],
    ["addressStreet=a=b", { addressStreet: "a=b" }],
    ["&addressStreet=x&&", { addressStreet: "x" }],
    ["uuid=", { uuid: "" }],
    ["uuid=007&addressState=true", { uuid: "007", addressState: "true" }],
    ["addressStreet=%7B%22a%22%3A1%7D", { addressStreet: '{"a":1}' }],
  ])("%s is read as browsers encode it", async (body, fields) => {
    const record = await world.make("customer");
    expect((await put(record.id, types.form, body)).json).toMatchObject(fields);
    expect(await world.now(record)).toMatchObject(fields);
  });

  it.each([
    ["uuid=1&noSuchField=2&gender=none", { "/noSuchField": "unknown_field", "/gender": "invalid_choice" }],
    ["uuid=1&uuid=2", { "/uuid": "invalid_type" }],
    ["uuid[]=1", { "/uuid[]": "unknown_field" }],
    ["__proto__=1&constructor=2", { "/__proto__": "unknown_field", "/constructor": "unknown_field" }],
    ["dateOfBirth=", { "/dateOfBirth": "invalid_format" }],
    ["uuid", undefined],
    ["uuid=%00", { "/uuid": "invalid_format" }],
    [`uuid=${"x".repeat(256)}`, { "/uuid": "too_long" }],
  ])("%s is validated like any other body", async (body, faults) => {
    const record = await world.make("customer");
    const answer = await put(record.id, types.form, body);
    if (!faults) return expect(answer.json["uuid"]).toBe("");
    codeAndMessage(answer, 422);
    expect(faultsOf(answer)).toEqual(faults);
    expect(await world.now(record)).toEqual(record);
  });

  it.each(["", "uuid=%FF", "uuid=%C3", "uuid=100%", "uuid=%ZZ", "%FF=1", '{"uuid":', "[1]", '{"uuid":1}x'])(
    "%j cannot be read",
    async (body) => {
      const record = await world.make("customer");
      codeAndMessage(await put(record.id, types.form, body), 400);
      expect(await world.now(record)).toEqual(record);
    },
  );

  it("that repeats a name many times is answered like one that repeats it once", async () => {
    const record = await world.make("customer");
    const answer = await put(record.id, types.form, "uuid=&uuid=&" + "a=&".repeat(990));
    expect(faultsOf(answer)).toEqual({ "/uuid": "invalid_type", "/a": "unknown_field" });
  });

  it("with more than a thousand pairs is refused unread", async () => {
    const record = await world.make("customer");
    const answer = await put(record.id, types.form, "uuid=1" + "&a=".repeat(300_000));
    codeAndMessage(answer, 400);
    expect(answer.json["message"]).toBe("the form has more than 1000 pairs");
    expect(await world.now(record)).toEqual(record);
  });

  it("that is not UTF-8 cannot be read", async () => {
    const record = await world.make("customer");
    codeAndMessage(await put(record.id, types.form, Buffer.from("uuid=S\xe3o", "latin1")), 400);
  });
});

describe("XML", () => {
  const uuid = (inner: string) => `<item><uuid>${inner}</uuid></item>`;

  it.each([
    [uuid("&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos;"), `<a> & "b" 'c'`],
    [uuid("&amp;lt; &amp;amp; &amp;#65;"), "&lt; &amp; &#65;"],
    [uuid("&#65;&#x42;&#xe9;&#x1F600;"), "ABé😀"],
    [uuid("<![CDATA[ <a>&amp;</a> ]]>"), " <a>&amp;</a> "],
    [uuid("a<![CDATA[<b>]]>c"), "a<b>c"],
    [uuid("<![CDATA[<!DOCTYPE item>]]>"), "<!DOCTYPE item>"],
    [uuid("a<!-- <!DOCTYPE item> &x; -->b"), "ab"],
    [uuid("São Paulo 😀"), "São Paulo 😀"],
    [uuid("007"), "007"],
    [uuid("true"), "true"],
    [uuid("\n    padded\n  "), "\n    padded\n  "],
    [uuid(" \u00A0"), " \u00A0"],
    [uuid("a\r\nb\rc&#13;"), "a\nb\nc\r"],
    [uuid("<![CDATA[]]]]><![CDATA[>]]>"), "]]>"],
    [uuid("a<?note b?> c<?note?>"), "a c"],
    ['<item xmlns:xsi="urn:a" xmlns:xsd="urn:b" xmlns="urn:c"><uuid xmlns="">x</uuid></item>', "x"],
    ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?><item><uuid>x</uuid></item>', "x"],
    ["<item><uuid/></item>", ""],
    ['\uFEFF<?xml version="1.0"?>\n<!-- note -->\n<item>\n\t<uuid>x</uuid>\n</item>\n', "x"],
    ["<?note <!-- ?><item><uuid>x</uuid></item><!-- end -->", "x"],
  ])("%s is read", async (body, expected) => {
    const record = await world.make("customer", { uuid: "before" });
    for (const type of [types.xml, "text/xml; charset=utf-8"]) {
      expect((await put(record.id, type, body)).json["uuid"]).toBe(expected);
    }
    expect((await world.now(record)).uuid).toBe(expected);
  });

  it("without a field changes nothing", async () => {
    const record = await world.make("customer");
    for (const body of ["<item/>", "<item></item>", "<item>\n</item>"]) {
      expect((await put(record.id, types.xml, body)).status).toBe(200);
    }
    expect(await world.now(record)).toEqual(record);
  });

  const laughs = Array.from(
    { length: 10 },
    (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i};`.repeat(10)}">`,
  ).join("");
  it.each([
    [
      "a billion laughs",
      `<?xml version="1.0"?><!DOCTYPE item [<!ENTITY lol0 "lol">${laughs}]>${uuid("&lol10;")}`,
    ],
    ["an external entity", `<!DOCTYPE item [<!ENTITY x SYSTEM "file:///etc/passwd">]>${uuid("&x;")}`],
    ["a parameter entity", `<!DOCTYPE item [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>${uuid("x")}`],
    ["an entity of its own", `<!DOCTYPE item [<!ENTITY x "x">]>${uuid("&x;")}`],
    ["a DTD that is not used", `<!DOCTYPE item>${uuid("x")}`],
    ["an external DTD", `<!DOCTYPE item SYSTEM "http://127.0.0.1:1/item.dtd">${uuid("x")}`],
    // A parser that removes comments first does not see this one.
    ["a DTD behind half a comment", `<?a <!--?><!DOCTYPE item [<!ENTITY x "x">]>${uuid("&x;<!-- -->")}`],
    [
      "a DTD after the root element's start",
      `<item a="<!--"><!DOCTYPE item [<!ENTITY x "x">]><uuid>&x;</uuid><b a="-->"/></item>`,
    ],
    ["an unknown entity", uuid("&nbsp;")],
    ["an entity without its end", uuid("&amp")],
    ["a bare ampersand", uuid("Smith & Sons")],
    ["a character that XML has not", uuid("&#0;")],
    ["half a surrogate pair", uuid("&#xD83D;")],
    ["a character beyond Unicode", uuid("&#x110000;")],
    ["nothing", ""],
    ["text", "uuid"],
    ["JSON", '{"uuid":"x"}'],
    ["two roots", `${uuid("x")}${uuid("y")}`],
    ["another root", "<customer><uuid>x</uuid></customer>"],
    ["a root in a namespace", '<m:item xmlns:m="urn:x"><uuid>x</uuid></m:item>'],
    ["text in its root", "<item>x</item>"],
    ["an open tag", "<item><uuid>x</item>"],
    ["tags that cross", "<item><uuid><gender></uuid></gender></item>"],
    ["text behind its root", `${uuid("x")}y`],
    ["tags without end", "<item>".repeat(50_000)],
    ["tags beyond measure", "<item>".repeat(50_000) + "</item>".repeat(50_000)],
    ["a control character", uuid("\u0001")],
    ["a control character in a CDATA section", uuid("<![CDATA[\u0008]]>")],
    ["a reference to a control character", uuid("&#1;")],
    ["a character that is none", uuid("\uFFFE")],
    ["the end of a CDATA section in its text", uuid("a]]>b")],
    ["two hyphens in a comment", uuid("<!-- a -- b -->")],
    ["another encoding", `<?xml version="1.0" encoding="ISO-8859-1"?>${uuid("x")}`],
    ["the encoding of its bytes in another form", `<?xml version="1.0" encoding="utf-16"?>${uuid("x")}`],
    ["a declaration that is not at its beginning", ` <?xml version="1.0"?>${uuid("x")}`],
    ["an attribute twice", '<item a="1" a="2"/>'],
    ["an attribute without quotes", "<item xmlns=a/>"],
    [
      "more attributes than there can be",
      `<item${Array.from({ length: 1_001 }, (_, i) => ` a${i}=""`).join("")}/>`,
    ],
    ["more elements than there can be", `<item>${"<a/>".repeat(1_000)}</item>`],
  ])("with %s is refused", async (_, body) => {
    const record = await world.make("customer");
    codeAndMessage(await put(record.id, types.xml, body), 400);
    expect(await world.now(record)).toEqual(record);
    expect({} as { gender?: string }).not.toHaveProperty("gender");
  });

  it("that is not UTF-8 is refused", async () => {
    const record = await world.make("customer");
    const body = Buffer.from(`<?xml version="1.0" encoding="iso-8859-1"?>${uuid("S\xe3o")}`, "latin1");
    codeAndMessage(await put(record.id, types.xml, body), 400);
    codeAndMessage(await put(record.id, types.xml, Buffer.from(`\uFEFF${uuid("x")}`, "utf16le")), 400);
    codeAndMessage(await put(record.id, types.xml, Buffer.from(uuid("x"), "utf16le")), 400);
    codeAndMessage(await put(record.id, "application/xml; charset=iso-8859-1", uuid("x")), 415);
  });

  it.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length"])(
    "reports the element <%s> under its own name",
    async (name) => {
      const record = await world.make("customer");
      const answer = await put(
        record.id,
        types.xml,
        `<item><${name}>x</${name}><gender>other</gender></item>`,
      );
      codeAndMessage(answer, 422);
      expect(faultsOf(answer)).toEqual({ [`/${name}`]: "unknown_field" });
      expect(await world.now(record)).toEqual(record);
    },
  );

  it("names every fault of its fields", async () => {
    const record = await world.make("customer");
    const fields = "<noSuchField>1</noSuchField><gender>none</gender><dateOfBirth>2019-02-30</dateOfBirth>";
    const odd =
      '<uuid>1</uuid><uuid>2</uuid><addressCity><a/></addressCity><addressState x="1" xsi:nil="true"/>';
    const answer = await put(record.id, types.xml, `<item version="1">${fields}${odd}</item>`);
    codeAndMessage(answer, 422);
    expect(faultsOf(answer)).toEqual({
      "/noSuchField": "unknown_field",
      "/gender": "invalid_choice",
      "/dateOfBirth": "invalid_format",
      "/uuid": "invalid_type",
      "/addressCity": "invalid_type",
      "/addressState/@x": "unknown_field",
      "/addressState/@xsi:nil": "unknown_field",
      "/@version": "unknown_field",
    });
    expect(await world.now(record)).toEqual(record);
  });
});
