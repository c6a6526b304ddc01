import { isJsonObject, type JsonValue } from "@roster/domain";
import * as fc from "fast-check";
import { encoded, formOf, xmlOf } from "./encode.ts";
import {
  contentTypes,
  oddAuth,
  oddForm,
  oddHeaders,
  oddPaths,
  oddQuery,
  oddTargets,
  oddXml,
  rawSegments,
  type Header,
} from "./hostile-http.ts";
import { hostileText, hostileValue, mutation, plainText } from "./hostile.ts";
import type { Procedure } from "./procedures.ts";
import { manglings, unsoundFramings, type Framing, type FuzzRequest, type Mangling } from "./request.ts";
import type { Operation, Parameter } from "./routes.ts";
import { Members, mutate, textOf, type Tree } from "./tree.ts";
import { gone, type tokens, type World } from "./world.ts";

/** Chooses between a usual and an odd value. */
type Mood = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, times?: number) => fc.Arbitrary<T>;

/** Mostly the usual value. */
const mostly: Mood = (usual, odd, times = 9) =>
  fc.oneof({ weight: times * 2, arbitrary: usual }, { weight: 2, arbitrary: odd });
/** Always the usual value. */
const calm: Mood = (usual) => usual;

/** Generates requests: some valid, most valid except for one or two parts, some wrong throughout. */
export function requests(world: World): fc.Arbitrary<FuzzRequest> {
  const { operations, procedures } = world;
  const toOneOf = (mood: Mood) => fc.oneof(...operations.map((one) => toOperation(one, world, mood)));
  const toEach = (all: readonly Procedure[], mood: Mood) =>
    fc.oneof(...all.map((one) => toProcedure(one, world, mood)));
  // Few reverts name both a record and one of its versions, so more of them are sent.
  const reverts = procedures.filter(({ path }) => path.endsWith(".revert"));
  return fc.oneof(
    { weight: 4, arbitrary: toOneOf(calm) },
    { weight: 8, arbitrary: toOneOf(mostly) },
    { weight: 3, arbitrary: toEach(procedures, calm) },
    { weight: 7, arbitrary: toEach(procedures, mostly) },
    { weight: 3, arbitrary: toEach(reverts, mostly) },
    { weight: 3, arbitrary: toBatch(world) },
    { weight: 1, arbitrary: toNowhere },
  );
}

// Parts of every request.

const methods = fc.constantFrom(
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
);

/** @param usual the token's owner, if nothing is odd */
const envelope = (
  mood: Mood,
  method: string,
  { header, scheme }: Operation["auth"] = bearer,
  usual: (typeof tokens)[number] = "admin",
) =>
  fc.record({
    method: mood(fc.constant(method), methods, 15),
    auth: mood(fc.constant<Header[]>([[header, `${scheme} @@${usual}@@`]]), oddAuth(header, scheme), 3),
    more: moreHeaders(mood),
    keepAlive: mostly(fc.constant(false), fc.constant(true), 4),
    framing: mood<Framing>(
      mostly(fc.constant("length"), fc.constant("chunked"), 6),
      fc.constantFrom(...unsoundFramings),
      20,
    ),
    mangling: fc.record<Mangling>({
      kind: mood<Mangling["kind"]>(fc.constant("none"), fc.constantFrom(...manglings)),
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

const bearer = { header: "Authorization", scheme: "Bearer" };

const oddHeader: fc.Arbitrary<Header> = fc.oneof(
  ...Object.entries(oddHeaders).map(([name, value]) => value.map((one): Header => [name, one])),
);
const manyHeaders: fc.Arbitrary<Header[]> = fc.constant(
  Array.from({ length: 150 }, (_, i): Header => [`X-${i}`, "x"]),
);
const moreHeaders = (mood: Mood): fc.Arbitrary<Header[]> =>
  mood(fc.constant<Header[]>([]), mostly(fc.array(oddHeader, { maxLength: 2 }), manyHeaders, 30), 2);

// Bodies.

/** Mutates a tree, or replaces it. */
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

/** A body at or over the size limit. */
const largeBody = fc
  .constantFrom(1024 * 1024 - 30, 1024 * 1024 + 1, 3 * 1024 * 1024)
  .map((size) => `{"name":"${"x".repeat(size)}"}`);
const oddBody = fc.oneof({ weight: 20, arbitrary: hostileText }, { weight: 1, arbitrary: largeBody });

// Operations of the OpenAPI document: the canonical API and the documented ones.

/** The path segment that names a record. */
function segment(
  mood: Mood,
  { method, path, parameters }: Operation,
  { known }: World,
): fc.Arbitrary<string> {
  const isNumber = parameters.some(
    ({ in: where, schema }) => where === "path" && typeOf(schema) === "integer",
  );
  const {
    id = [],
    number = [],
    ...unique
  } = known.naming(/groups/i.test(path) ? "userGroup" : /users/i.test(path) ? "user" : "customer");
  // A user group is named by its id alone.
  const others = Object.values(unique).flat();
  const texts = fc.constantFrom(...(others.length > 0 ? others : id).map(textIn));
  // Deletes use up only the last record, so that others stay for other requests.
  const ids = fc.constantFrom(...id.slice(method === "DELETE" ? -1 : 0).map(String));
  return mood(
    isNumber
      ? fc.constantFrom(...number.map(String))
      : fc.oneof({ weight: 3, arbitrary: ids }, { weight: 1, arbitrary: texts }),
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...known.of("id").map(String), ...gone) },
      { weight: 6, arbitrary: texts },
      { weight: 4, arbitrary: fc.constantFrom("1", "2", "5", "0", "-1", "1e0", "99999999999999999999") },
      { weight: 2, arbitrary: hostileText.filter((text) => text.length < 2_000).map(encoded) },
      { weight: 1, arbitrary: rawSegments },
    ),
    1,
  );
}
const typeOf = (schema: JsonValue): JsonValue | undefined =>
  isJsonObject(schema) ? schema["type"] : undefined;
const textIn = (value: Tree): string => encoded(typeof value === "string" ? value : textOf(value));

/** A query string with documented and odd parameters. */
function queryOf(mood: Mood, parameters: readonly Parameter[], { plausible }: World): fc.Arbitrary<string> {
  const known = parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name, schema }) =>
      mood(
        plausible.ofSchema(schema, name).map(textIn),
        hostileText.filter((text) => text.length < 3_000).map(encoded),
        5,
      ).map((value) => `${name}=${value}`),
    );
  const pairs = known.length > 0 ? mood(fc.oneof(...known), oddQuery, 8) : oddQuery;
  return mood(
    fc.array(pairs, { maxLength: known.length > 0 ? 3 : 0 }),
    fc.array(oddQuery, { maxLength: 2 }),
    8,
  ).map((all) => (all.length > 0 ? `?${all.join("&")}` : ""));
}

/** Sometimes one of the operation's documented headers. */
function headersOf(
  mood: Mood,
  parameters: readonly Parameter[],
  { plausible }: World,
): fc.Arbitrary<Header[]> {
  const known = parameters
    .filter((parameter) => parameter.in === "header")
    .map(({ name, schema }) =>
      fc
        .oneof(
          { weight: 3, arbitrary: oddHeaders[name] ?? hostileText },
          { weight: 1, arbitrary: plausible.ofSchema(schema, name).map((value) => textOf(value)) },
        )
        .map((value): Header => [name, value]),
    );
  const none = fc.constant<Header[]>([]);
  return known.length > 0 ? mood(none, fc.tuple(fc.oneof(...known)), 1.5) : none;
}

function toOperation(operation: Operation, world: World, mood: Mood): fc.Arbitrary<FuzzRequest> {
  const { method, path, parameters, body } = operation;
  const types = Object.keys(body);
  const bodies = (types.length > 0 ? types : [""]).map((type) =>
    fc
      .record({
        outer: envelope(mood, method, operation.auth),
        segment: segment(mood, operation, world),
        query: queryOf(mood, parameters, world),
        type: mood(fc.constant(type), contentTypes, type === "" ? 20 : 10),
        own: headersOf(mood, parameters, world),
        text:
          type === ""
            ? mood(fc.constant(undefined), plainText, 20)
            : mood(
                bodyText(mood, changed(mood, world.plausible.ofSchema(body[type] ?? {})), type),
                oddBody,
                25,
              ),
      })
      .map(({ outer: { auth, more, ...outer }, segment: id, query, type: sent, own, text }): FuzzRequest => ({
        ...outer,
        route: `${method} ${path}`,
        surface: "operation",
        operation,
        target: path.replaceAll(/\{\w+\}/g, () => id) + query,
        headers: [...auth, ...(sent === "" ? [] : [["Content-Type", sent] as const]), ...own, ...more],
        body: text,
      })),
  );
  return fc.oneof(...bodies);
}

// tRPC.

/** Mutations of these change what other requests depend on, so they go to a tenant that few requests use. */
const changesSettings = /^(?:tenant|token|hierarchyLevel)\./;

/** A procedure's input. */
const inputOf = (procedure: Procedure, { inputs }: World, mood: Mood): fc.Arbitrary<Tree> =>
  changed(mood, mood(inputs.of(procedure), inputs.of(procedure, true), 2));

function toProcedure(procedure: Procedure, world: World, mood: Mood): fc.Arbitrary<FuzzRequest> {
  const { path, kind } = procedure;
  const who = changesSettings.test(path) && kind === "mutation" ? "neighbour" : "admin";
  return fc
    .record({
      outer: envelope(mood, kind === "query" ? "GET" : "POST", bearer, who),
      type: mood(fc.constant("application/json"), contentTypes, 12),
      text: mood(inputOf(procedure, world, mood).map(textOf), oddBody, 25),
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
    .map(({ outer: { auth, more, ...outer }, type, text, elsewhere, query }): FuzzRequest => {
      // A query's input sometimes goes into the body, where mutations have it.
      const inBody = isReading(outer.method) ? false : kind === "mutation" || elsewhere;
      const asQuery = inBody || text.length > 6_000 ? "" : `input=${encoded(text)}`;
      const queries = [asQuery, query].filter((part) => part !== "");
      return {
        ...outer,
        route: `trpc ${path}`,
        surface: "trpc",
        target: `/trpc/${path}${queries.length > 0 ? `?${queries.join("&")}` : ""}`,
        headers: [...auth, ["Content-Type", type], ...more],
        body: inBody ? text : undefined,
      };
    });
}
const isReading = (method: string): boolean => method === "GET" || method === "HEAD";

const toBatch = (world: World): fc.Arbitrary<FuzzRequest> =>
  fc
    .array(
      fc.oneof(
        ...world.procedures.map((one) => fc.tuple(fc.constant(one.path), inputOf(one, world, mostly))),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .chain((calls) => {
      const who = calls.some(([path]) => changesSettings.test(path)) ? "neighbour" : "admin";
      const inputs = fc.constant<Tree>(new Members(calls.map(([, input], i) => [String(i), input])));
      return fc.record({
        outer: fc.constantFrom("GET", "POST").chain((method) => envelope(mostly, method, bearer, who)),
        path: mostly(fc.constant(calls.map(([path]) => path).join(",")), oddPaths, 3),
        text: mostly(inputs, changed(mostly, inputs), 3).map(textOf),
        batch: fc.constantFrom("1", "1", "1", "0", "true", ""),
        type: mostly(fc.constant("application/json"), contentTypes),
      });
    })
    .map(({ outer: { auth, more, ...outer }, path, text, batch, type }): FuzzRequest => {
      const inQuery = isReading(outer.method) && text.length < 6_000;
      return {
        ...outer,
        route: "trpc batch",
        surface: "trpc",
        target: `/trpc/${path}?batch=${batch}${inQuery ? `&input=${encoded(text)}` : ""}`,
        headers: [...auth, ["Content-Type", type], ...more],
        body: inQuery ? undefined : text,
      };
    });

// Everything else.

const toNowhere: fc.Arbitrary<FuzzRequest> = fc
  .record({
    outer: envelope(mostly, "GET"),
    target: oddTargets,
    body: mostly(fc.constant(undefined), hostileText, 4),
  })
  .map(({ outer: { auth, more, ...outer }, target, body }): FuzzRequest => ({
    ...outer,
    route: "elsewhere",
    surface: "other",
    target,
    headers: [...auth, ...more],
    body,
  }));
