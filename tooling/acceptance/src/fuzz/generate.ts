import type { JsonObject } from "@roster/domain";
import * as fc from "fast-check";
import { hostileText, hostileValue, mutation, plainText } from "./hostile.ts";
import { inputOf } from "./inputs.ts";
import { ofSchema } from "./plausible.ts";
import type { Framing, FuzzRequest, Mangling } from "./request.ts";
import { procedures, type Operation, type Parameter, type Procedure } from "./routes.ts";
import { Members, mutate, textOf, type Tree } from "./tree.ts";
import { customerIds, ids, providedIds, userIds, usernames } from "./names.ts";

/** Requests: some are right, most are right but for a thing or two, and some are wrong throughout. */
export const requests = (
  operations: readonly Operation[],
  document: JsonObject,
): fc.Arbitrary<FuzzRequest> => {
  const operation = fc.constantFrom(...operations);
  const procedure = fc.constantFrom(...procedures);
  return fc.oneof(
    { weight: 4, arbitrary: operation.chain((one) => toOperation(one, document, calm)) },
    { weight: 8, arbitrary: operation.chain((one) => toOperation(one, document, mostly)) },
    { weight: 3, arbitrary: procedure.chain((one) => toProcedure(one, calm)) },
    { weight: 7, arbitrary: procedure.chain((one) => toProcedure(one, mostly)) },
    // Few of them name a record that has the version to which it is to go back.
    { weight: 2, arbitrary: fc.constantFrom(...reverts).chain((one) => toProcedure(one, mostly)) },
    { weight: 3, arbitrary: toBatch },
    { weight: 1, arbitrary: toNowhere },
  );
};

const reverts = procedures.filter(({ path }) => path.endsWith(".revert"));

/** How often things are odd. */
type Mood = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, times?: number) => fc.Arbitrary<T>;

/** Usually the one, sometimes the other. */
const mostly: Mood = (usual, odd, times = 9) =>
  fc.oneof({ weight: times * 2, arbitrary: usual }, { weight: 2, arbitrary: odd });
/** Always the usual. */
const calm: Mood = (usual) => usual;

type Header = readonly [name: string, value: string];

const encoded = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0").toUpperCase()}`,
    )
    .join("")
    // The names of what the world has are filled in later.
    .replaceAll(/%40%40(\w+)%40%40/g, "@@$1@@");

// Requests.

const envelope = (mood: Mood) =>
  fc.record({
    keepAlive: mostly(fc.constant(false), fc.constant(true), 4),
    framing: mood<Framing>(
      mostly(fc.constant("length"), fc.constant("chunked"), 6),
      fc.constantFrom(
        "none",
        "less",
        "more",
        "huge",
        "no number",
        "negative",
        "two lengths",
        "length and chunks",
        "broken chunks",
      ),
      20,
    ),
    mangling: fc.record<Mangling>({
      kind: mood<Mangling["kind"]>(
        fc.constant("none"),
        fc.constantFrom(
          "cut",
          "flip",
          "insert",
          "invalid UTF-8",
          "byte order mark",
          "UTF-16",
          "garbage",
          "empty",
        ),
      ),
      place: fc.nat(100_000),
    }),
    protocol: mood(
      fc.constant("HTTP/1.1"),
      fc.constantFrom("HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "http/1.1", ""),
      150,
    ),
    junk: mood(
      fc.constant(""),
      fc.constantFrom(
        "no colon",
        " folded: x",
        "Bad Name: x",
        "X-Nul: a\0b",
        "X: a\rb",
        ": empty",
        `X-Long: ${"x".repeat(20_000)}`,
      ),
      60,
    ),
  });

const methodBut = (mood: Mood, usual: string): fc.Arbitrary<string> =>
  mood(
    fc.constant(usual),
    fc.constantFrom(
      "GET",
      "HEAD",
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
      "OPTIONS",
      "TRACE",
      "CONNECT",
      "PROPFIND",
      "get",
      "G E T",
    ),
    15,
  );

// Headers.

const tags = fc.constantFrom(
  '"1"',
  '"2"',
  "*",
  'W/"1"',
  '"1", "2"',
  "1",
  '""',
  '"',
  '"é"',
  '"x" "y"',
  `"${"9".repeat(400)}"`,
  "",
  ",,,",
);
const oddHeaders: readonly (readonly [name: string, value: fc.Arbitrary<string>])[] = [
  ["If-Match", tags],
  ["If-None-Match", tags],
  [
    "Idempotency-Key",
    fc.constantFrom("key-1", '"key-2"', "", "x".repeat(255), "x".repeat(256), "é", "a b", '"a', "\t", '""'),
  ],
  ["X-Tenant", fc.constantFrom("1", "2", "abc", "-1", "1e0", "0x1", "", " 1 ", "1.0", "9".repeat(400))],
  ["Accept", fc.constantFrom("*/*", "text/html", "application/xml", "", ";;;", "text/event-stream")],
  ["Accept-Language", fc.constantFrom("de", "*", ";q=")],
  ["Content-Encoding", fc.constantFrom("gzip", "identity", "br", "x", "gzip, gzip", "")],
  ["Expect", fc.constantFrom("100-continue", "x")],
  ["X-HTTP-Method-Override", fc.constantFrom("DELETE", "GET")],
  ["trpc-accept", fc.constantFrom("application/jsonl", "application/json", "x")],
  ["trpc-batch-mode", fc.constant("stream")],
  ["Upgrade", fc.constantFrom("websocket", "h2c")],
  ["Connection", fc.constantFrom("keep-alive", "close, upgrade", "x")],
  ["Range", fc.constant("bytes=0-1")],
  ["Last-Event-Id", fc.constantFrom("1", "x", "")],
  ["Origin", fc.constantFrom("http://evil.example", "null")],
  ["Cookie", fc.constantFrom("a=b", "=;;;")],
  ["Host", fc.constantFrom("evil.example", "", "a b", "[::1", "x:99999", "@", "x/../y")],
  ["Forwarded", fc.constant("for=_x;host=evil.example")],
  ["Content-Type", fc.constantFrom("application/json", "text/plain")],
  ["Authorization", fc.constantFrom("Bearer x", "Basic eDp5")],
  ["__proto__", fc.constant("x")],
  ["X-Long", fc.constantFrom("x".repeat(5_000), "x".repeat(15_000))],
  ["X-Bytes", fc.constant("\u00ff\u0080\u00c0")],
];
const oddHeader: fc.Arbitrary<Header> = fc.oneof(
  ...oddHeaders.map(([name, value]) => value.map((one): Header => [name, one])),
);
const manyHeaders: fc.Arbitrary<Header[]> = fc.constant(
  Array.from({ length: 150 }, (_, i): Header => [`X-${i}`, "x"]),
);
const moreHeaders = (mood: Mood): fc.Arbitrary<Header[]> =>
  mood(fc.constant<Header[]>([]), mostly(fc.array(oddHeader, { maxLength: 2 }), manyHeaders, 30), 2);

/** The header that says whose request it is. */
const auth = (mood: Mood, { header, scheme }: Operation["auth"], usual = "admin"): fc.Arbitrary<Header[]> =>
  mood(fc.constant<Header[]>([[header, `${scheme} @@${usual}@@`]]), oddAuth(header, scheme), 3);

const oddAuth = (header: string, scheme: string): fc.Arbitrary<Header[]> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .constantFrom("reader", "users", "neighbour", "neighbour", "strict", "strict")
        .map((who): Header[] => [[header, `${scheme} @@${who}@@`]]),
    },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom(
          "",
          scheme,
          `${scheme} `,
          "@@admin@@",
          `${scheme.toUpperCase()}   @@admin@@`,
          `${scheme} @@admin@@ x`,
          `${scheme} @@admin@@\t`,
          `${scheme} ${"x".repeat(5_000)}`,
          `${scheme} é\u00ff`,
          `${scheme},@@admin@@`,
          "Basic @@admin@@",
          "Token Bearer @@admin@@",
        )
        .map((value): Header[] => [[header, value]]),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Header[]>(
        [],
        [
          [header, `${scheme} @@admin@@`],
          [header, `${scheme} @@reader@@`],
        ],
        [["X-Authorization", `${scheme} @@admin@@`]],
      ),
    },
  );

const contentTypes = fc.constantFrom(
  "application/json",
  "application/json; charset=utf-8",
  "application/json; charset=utf-16",
  "APPLICATION/JSON",
  "application/merge-patch+json",
  "application/json-patch+json",
  "application/xml",
  "text/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "multipart/form-data",
  "application/octet-stream",
  "text/plain",
  "text/html; charset=iso-8859-1",
  "application/vnd.api+json",
  "application/grpc",
  "",
  ";",
  "application/json;;;charset",
  "a/b/c",
  "*/*",
  "__proto__",
);

// Bodies.

/** A tree with some things changed. */
const changed = (mood: Mood, tree: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
  mood(
    mood(
      tree,
      fc
        .tuple(tree, fc.oneof(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.tuple(mutation)))
        .map(([given, mutations]) => mutations.reduce<Tree>(mutate, given)),
      0.5,
    ),
    hostileValue,
    12,
  );

const escapeXml = (text: string): string =>
  text.replaceAll(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

function xmlOf(tree: Tree, name = "item"): string {
  const tag = /^[A-Za-z_][\w.-]*$/.test(name) ? name : "x";
  if (Array.isArray(tree)) return tree.map((item) => xmlOf(item, name)).join("");
  const inner =
    tree instanceof Members
      ? tree.entries.map(([key, value]) => xmlOf(value, key)).join("")
      : escapeXml(typeof tree === "string" ? tree : textOf(tree));
  return `<${tag}>${inner}</${tag}>`;
}

const laughs = `<!DOCTYPE item [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${"bcdefghij"[i]} "${`&${"abcdefghi"[i]};`.repeat(10)}">`).join("")}]><item><name>&j;</name></item>`;
const oddXml = fc.constantFrom(
  laughs,
  "<!DOCTYPE item SYSTEM 'http://127.0.0.1:1/x'><item/>",
  "<item>",
  "<item><name>x</item>",
  "<item/><item/>",
  "<other/>",
  "<item><![CDATA[<x>]]></item>",
  "<item><name><![CDATA[a]]>b<!-- c --></name></item>",
  "<?xml version='1.0' encoding='utf-16'?><item/>",
  "<?php x ?><item/>",
  "<item name='x' xmlns='y'/>",
  "<a:item xmlns:a='b'/>",
  "<item><name>&#0;</name></item>",
  "<item><name>&#xD800;&#x110000;&unknown;&</name></item>",
  "<item><name>a</name><name>b</name></item>",
  "<item><__proto__><x>1</x></__proto__><constructor>1</constructor></item>",
  `${"<a>".repeat(5_000)}${"</a>".repeat(5_000)}`,
  `<item>${"<name>x</name>".repeat(3_000)}</item>`,
  `<item ${Array.from({ length: 2_000 }, (_, i) => `a${i}="x"`).join(" ")}/>`,
  `<item>${"&amp;".repeat(50_000)}</item>`,
  `<item><!--${"-".repeat(10_000)}</item>`,
  `<!DOCTYPE ${"[".repeat(10_000)}`,
);

const formOf = (tree: Tree): string =>
  tree instanceof Members
    ? tree.entries
        .map(
          ([key, value]) => `${encoded(key)}=${encoded(typeof value === "string" ? value : textOf(value))}`,
        )
        .join("&")
    : textOf(tree);
const oddForm = fc.constantFrom(
  "%",
  "a=%zz",
  "a=%c3%28",
  "name=x&name=y",
  "=x",
  "&&&",
  "a[b]=c",
  "__proto__=x&constructor=y",
  "name",
  `${"a".repeat(70_000)}=1`,
  Array.from({ length: 20_000 }, () => "a=1").join("&"),
  '{"name":"json"}',
  "[1,2]",
  "+%20+",
);

function bodyText(mood: Mood, tree: fc.Arbitrary<Tree>, type: string): fc.Arbitrary<string> {
  if (type.includes("xml"))
    return mood(
      tree.map((given) => xmlOf(given)),
      oddXml,
      4,
    );
  if (type.includes("form")) return mood(tree.map(formOf), oddForm, 4);
  return tree.map(textOf);
}

/** A body over the limit, or right at it. */
const largeBody = fc
  .constantFrom(1024 * 1024 - 30, 1024 * 1024 + 1, 3 * 1024 * 1024)
  .map((size) => `{"name":"${"x".repeat(size)}"}`);

// Addresses.

const rawSegments = fc.constantFrom(
  "..",
  ".",
  "%",
  "%zz",
  "%c3%28",
  "%00",
  "%2e%2e%2f",
  "a//b",
  "a;b=c",
  "*",
  "%2F",
  "\\",
  "é",
  "a b",
  "%F0%9F%98%80",
  "",
  "[x]",
  "{id}",
  ":id",
);
/** What stands in a path for a record of the operation's kind. */
const segment = (mood: Mood, { method, path }: Operation): fc.Arbitrary<string> => {
  const users = path.includes("users");
  // Of those that are deleted, there would soon be nobody left.
  const known = fc.constantFrom(...(users ? userIds : customerIds).slice(method === "DELETE" ? -1 : 0));
  const unique = fc.constantFrom(...(users ? usernames : [...providedIds, "ref-0"]).map(encoded));
  const number = fc.constantFrom("1", "2", "3");
  return mood(
    path.startsWith("/api/v1")
      ? number
      : fc.oneof({ weight: 3, arbitrary: known }, { weight: 1, arbitrary: unique }),
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ids) },
      { weight: 6, arbitrary: unique },
      { weight: 4, arbitrary: fc.constantFrom("1", "2", "5", "0", "-1", "1e0", "99999999999999999999") },
      { weight: 2, arbitrary: hostileText.filter((text) => text.length < 2_000).map(encoded) },
      { weight: 1, arbitrary: rawSegments },
    ),
    1,
  );
};

/** Parameters of a query, right and wrong ones. */
const queryOf = (
  mood: Mood,
  parameters: readonly Parameter[],
  document: JsonObject,
): fc.Arbitrary<string> => {
  const known = parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name, schema }) =>
      mood(
        ofSchema(schema, document, name).map((value) => (typeof value === "string" ? value : textOf(value))),
        hostileText.filter((text) => text.length < 3_000),
        5,
      ).map((value) => `${name}=${encoded(value)}`),
    );
  const odd = fc.constantFrom(
    "x=1",
    "limit",
    "limit=",
    "=",
    "&",
    "%",
    "%zz=1",
    "limit=1&limit=2",
    "__proto__=1",
    "by[]=id",
    "cursor=x.y",
    "cursor=%00",
    "cursor=..",
    "a=b#c",
    "?",
    `q=${"x".repeat(5_000)}`,
  );
  const pairs = known.length > 0 ? mood(fc.oneof(...known), odd, 8) : odd;
  return mood(
    fc.array(pairs, { maxLength: known.length > 0 ? 3 : 0 }),
    fc.array(odd, { maxLength: 2 }),
    8,
  ).map((all) => (all.length > 0 ? `?${all.join("&")}` : ""));
};

// The canonical API and the documented ones.

function toOperation(operation: Operation, document: JsonObject, mood: Mood): fc.Arbitrary<FuzzRequest> {
  const types = Object.keys(operation.body);
  const headers = operation.parameters
    .filter((parameter) => parameter.in === "header")
    .flatMap(({ name }) => oddHeaders.filter(([known]) => known === name))
    .map(([name, value]) => value.map((one): Header => [name, one]));
  return (types.length > 0 ? fc.constantFrom(...types) : fc.constant("")).chain((type) =>
    fc
      .record({
        envelope: envelope(mood),
        method: methodBut(mood, operation.method),
        segment: segment(mood, operation),
        query: queryOf(mood, operation.parameters, document),
        auth: auth(mood, operation.auth),
        type:
          type === "" ? mood(fc.constant(""), contentTypes, 20) : mood(fc.constant(type), contentTypes, 10),
        own:
          headers.length > 0
            ? mood(fc.constant<Header[]>([]), fc.tuple(fc.oneof(...headers)), 1.5)
            : fc.constant<Header[]>([]),
        more: moreHeaders(mood),
        body:
          type === ""
            ? mood(fc.constant(undefined), plainText, 20)
            : mood(
                bodyText(mood, changed(mood, ofSchema(operation.body[type] ?? {}, document)), type),
                fc.oneof({ weight: 20, arbitrary: hostileText }, { weight: 1, arbitrary: largeBody }),
                25,
              ),
      })
      .map((given): FuzzRequest => ({
        ...given.envelope,
        route: `${operation.method} ${operation.path}`,
        surface: "operation",
        operation,
        method: given.method,
        target: operation.path.replaceAll(/\{\w+\}/g, () => given.segment) + given.query,
        headers: [
          ...given.auth,
          ...(given.type === "" ? [] : [["Content-Type", given.type] as const]),
          ...given.own,
          ...given.more,
        ],
        body: given.body,
      })),
  );
}

// tRPC.

const bearer = { header: "Authorization", scheme: "Bearer" };
/** Whose settings may be changed without the others' requests becoming all alike. */
const changesSettings = /^(?:tenant|token|hierarchyLevel)\./;

function toProcedure(procedure: Procedure, mood: Mood): fc.Arbitrary<FuzzRequest> {
  const { path, kind } = procedure;
  return fc
    .record({
      envelope: envelope(mood),
      method: methodBut(mood, kind === "query" ? "GET" : "POST"),
      auth: auth(mood, bearer, changesSettings.test(path) && kind === "mutation" ? "neighbour" : "admin"),
      type: mood(fc.constant("application/json"), contentTypes, 12),
      more: moreHeaders(mood),
      text: mood(
        changed(mood, mood(inputOf(path), inputOf(path, true), 2)).map(textOf),
        fc.oneof({ weight: 20, arbitrary: hostileText }, { weight: 1, arbitrary: largeBody }),
        25,
      ),
      elsewhere: mood(fc.constant(false), fc.constant(true), 3),
      query: mood(
        fc.constant(""),
        fc.constantFrom(
          "input=",
          "input=%zz",
          "batch=1",
          "batch=0",
          "batch=1&batch=1",
          "connectionParams=%7B%7D",
          "connectionParams=x",
          "x=y",
          "__proto__=1",
        ),
        12,
      ),
    })
    .map(({ envelope: outer, method, auth: who, type, more, text, elsewhere, query }): FuzzRequest => {
      // Also in the place where the other kind of procedure has it.
      const inBody = method === "GET" || method === "HEAD" ? false : kind === "mutation" || elsewhere;
      const asQuery = inBody || text.length > 6_000 ? "" : `input=${encoded(text)}`;
      const queries = [asQuery, query].filter((part) => part !== "");
      return {
        ...outer,
        route: `trpc ${path}`,
        surface: "trpc",
        method,
        target: `/trpc/${path}${queries.length > 0 ? `?${queries.join("&")}` : ""}`,
        headers: [...who, ["Content-Type", type], ...more],
        body: inBody ? text : undefined,
      };
    });
}

const oddPaths = fc.constantFrom(
  "",
  ",",
  ",,,",
  "customer",
  "customer.",
  ".create",
  "customer.explode",
  "customer.constructor",
  "constructor",
  "__proto__",
  "__proto__.toString",
  "customer.__proto__",
  "toString",
  "_def",
  "customer/create",
  "customer.create/x",
  "customer%2Ecreate",
  "customer%2Ccreate",
  "%",
  "%zz",
  "..",
  "me.get%00",
  Array.from({ length: 101 }, () => "me.get").join(","),
  Array.from({ length: 100 }, () => "me.get").join(","),
  "me.get,me.get,customer.explode",
);

const toBatch: fc.Arbitrary<FuzzRequest> = fc
  .array(
    fc
      .constantFrom(...procedures)
      .chain(({ path }) =>
        fc.tuple(fc.constant(path), changed(mostly, mostly(inputOf(path), inputOf(path, true), 2))),
      ),
    { minLength: 1, maxLength: 5 },
  )
  .chain((calls) =>
    fc.record({
      envelope: envelope(mostly),
      calls: fc.constant(calls),
      path: mostly(fc.constant(calls.map(([path]) => path).join(",")), oddPaths, 3),
      method: mostly(fc.constantFrom("GET", "POST"), methodBut(mostly, "POST"), 10),
      auth: auth(mostly, bearer, calls.some(([path]) => changesSettings.test(path)) ? "neighbour" : "admin"),
      input: mostly(
        fc.constant<Tree>(new Members(calls.map(([, input], i) => [String(i), input]))),
        changed(mostly, fc.constant<Tree>(new Members(calls.map(([, input], i) => [String(i), input])))),
        3,
      ),
      batch: fc.constantFrom("1", "1", "1", "0", "true", ""),
      type: mostly(fc.constant("application/json"), contentTypes),
      more: moreHeaders(mostly),
    }),
  )
  .map(({ envelope: outer, path, method, auth: who, input, batch, type, more }): FuzzRequest => {
    const text = textOf(input);
    const inQuery = (method === "GET" || method === "HEAD") && text.length < 6_000;
    return {
      ...outer,
      route: "trpc batch",
      surface: "trpc",
      method,
      target: `/trpc/${path}?batch=${batch}${inQuery ? `&input=${encoded(text)}` : ""}`,
      headers: [...who, ["Content-Type", type], ...more],
      body: inQuery ? undefined : text,
    };
  });

// Everything else.

const toNowhere: fc.Arbitrary<FuzzRequest> = fc
  .record({
    envelope: envelope(mostly),
    method: methodBut(mostly, "GET"),
    target: fc.constantFrom(
      "/",
      "//",
      "///etc/passwd",
      "/..",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/docs/../../package.json",
      "/docs/%2e%2e/package.json",
      "/docs",
      "/docs/",
      "/docs/start.js",
      "/docs/swagger-ui.css",
      "/openapi.json",
      "/openapi.json/",
      "/healthz",
      "/readyz",
      "/trpc",
      "/trpc/",
      "/api",
      "/api/",
      "/api/customers/",
      "/API/customers",
      "/v1/customers",
      "/v1//customers/1",
      "/customers",
      "/favicon.ico",
      "/.git/config",
      "*",
      "http://evil.example/healthz",
      "http://[::1/healthz",
      "healthz",
      "/healthz?%",
      "/healthz#x",
      "/%",
      "/%zz",
      `/${"x".repeat(7_000)}`,
      `/${"x".repeat(17_000)}`,
      "/\u00e9",
      "/a b",
    ),
    auth: auth(mostly, bearer),
    more: moreHeaders(mostly),
    body: mostly(fc.constant(undefined), hostileText, 4),
  })
  .map(({ envelope: outer, method, target, auth: who, more, body }): FuzzRequest => ({
    ...outer,
    route: "elsewhere",
    surface: "other",
    method,
    target,
    headers: [...who, ...more],
    body,
  }));
