import { tables } from "../../../../apps/api/src/store/tables.ts";
import { customerId, scatter, updatePatch } from "../customers.ts";
import type { Job } from "./job.ts";

/** An HTTP request on the wire, and the text that a correct answer contains. */
export interface Request {
  text: string;
  /** A text, and the number of times that a correct answer contains it. */
  expected: string;
  times: number;
}

/** Makes the requests of a job; each takes as many numbers as it has updates. */
export interface RequestMaker {
  /** The number of updates or reads in one request. */
  size: number;
  make(n: number): Request;
}

type Head = Record<string, string>;

/** An HTTP/1.1 request. Bodies are ASCII, so that their length in bytes is that of the text. */
const http = (method: string, path: string, token: string, head: Head = {}, body = ""): string => {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Bearer ${token}`,
    ...Object.entries(head).map(([name, value]) => `${name}: ${value}`),
    ...(body === "" ? [] : [`content-length: ${body.length}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
};

const json = { "content-type": "application/json" };
const mergePatch = { "content-type": "application/merge-patch+json" };
/** The header that asks for the answers of a batch as a stream. */
const stream = { ...json, "trpc-accept": "application/jsonl" };

const batchSize = 10;
const manySize = 1_000;
const pageSize = 50;

/** Each kind of request by its name; `of` gives the index of the n-th customer. */
const kinds = {
  /** Roster's REST API, and the floors that imitate it. */
  "rest-update": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => ({
      text: http("PATCH", `/api/customers/${of(n)}`, tokenOf(n), mergePatch, JSON.stringify(updatePatch(n))),
      expected: `"addressState":"State ${n}"`,
      times: 1,
    }),
  }),
  "trpc-update": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => ({
      text: http("POST", "/trpc/customer.update", tokenOf(n), json, JSON.stringify(update(of(n), n))),
      expected: `"addressState":"State ${n}"`,
      times: 1,
    }),
  }),
  "trpc-update-with-key": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => ({
      text: http(
        "POST",
        "/trpc/customer.update",
        tokenOf(n),
        json,
        JSON.stringify({ ...update(of(n), n), idempotencyKey: `key of the update ${n}` }),
      ),
      expected: `"addressState":"State ${n}"`,
      times: 1,
    }),
  }),
  "trpc-batch": (tokenOf: TokenOf, of: Of) => batch(tokenOf, of, json),
  "trpc-batch-stream": (tokenOf: TokenOf, of: Of) => batch(tokenOf, of, stream),
  "many-atomic": (tokenOf: TokenOf, of: Of) => many(tokenOf, of, "atomic"),
  "many-independent": (tokenOf: TokenOf, of: Of) => many(tokenOf, of, "independent"),
  "rest-get": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => {
      const id = of(n);
      return { text: http("GET", `/api/customers/${id}`, tokenOf(n)), expected: `"id":"${id}"`, times: 1 };
    },
  }),
  "trpc-get": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => {
      const id = of(n);
      const input = encodeURIComponent(JSON.stringify({ where: { id } }));
      return {
        text: http("GET", `/trpc/customer.get?input=${input}`, tokenOf(n)),
        expected: `"id":"${id}"`,
        times: 1,
      };
    },
  }),
  "rest-list": (tokenOf: TokenOf) => ({
    size: 1,
    make: (n: number) => ({
      text: http("GET", `/api/customers?limit=${pageSize}`, tokenOf(n)),
      expected: '"providedId":"',
      times: pageSize,
    }),
  }),
  "trpc-list": (tokenOf: TokenOf) => ({
    size: 1,
    make: (n: number) => ({
      text: http(
        "GET",
        `/trpc/customer.list?input=${encodeURIComponent(JSON.stringify({ limit: pageSize }))}`,
        tokenOf(n),
      ),
      expected: '"providedId":"',
      times: pageSize,
    }),
  }),
  /** The floors without work: the same requests as above, to procedures and a route that do nothing. */
  "noop-mutation": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => ({
      text: http("POST", "/bench/trpc/mutation", tokenOf(n), json, JSON.stringify(update(of(n), n))),
      expected: '"ok":true',
      times: 1,
    }),
  }),
  "noop-query": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => {
      const input = encodeURIComponent(JSON.stringify({ where: { id: of(n) } }));
      return {
        text: http("GET", `/bench/trpc/query?input=${input}`, tokenOf(n)),
        expected: '"ok":true',
        times: 1,
      };
    },
  }),
  "noop-route": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => ({
      text: http("GET", `/bench/rest/${of(n)}`, tokenOf(n)),
      expected: '"ok":true',
      times: 1,
    }),
  }),
  /** Servers written by hand: the fields beside the id, as in their guides. */
  "by-hand-update": (tokenOf: TokenOf, of: Of) => ({
    size: 1,
    make: (n: number) => ({
      text: http(
        "POST",
        "/trpc/updateCustomer",
        tokenOf(n),
        json,
        JSON.stringify({ id: of(n), ...updatePatch(n) }),
      ),
      expected: `"addressState":"State ${n}"`,
      times: 1,
    }),
  }),
  "graphql-update": (_tokenOf: TokenOf, of: Of) => graphql(of, wholeCustomer),
  /** The request of an app that uses little of the answer. */
  "graphql-update-short": (_tokenOf: TokenOf, of: Of) => graphql(of, ["rowId", "addressState"]),
} satisfies Record<string, (tokenOf: TokenOf, of: Of) => RequestMaker>;

/** The id of the n-th customer, and the token of its tenant. */
type Of = (n: number) => string;
type TokenOf = (n: number) => string;
export type RequestKind = keyof typeof kinds;

/** An update in Roster's grammar. */
export const update = (id: string, n: number) => ({ where: { id }, patch: updatePatch(n) });

/** PostGraphile's names of a customer's fields: `id` means something else in GraphQL. */
const wholeCustomer = tables.customer.columns.map(({ field }) => (field === "id" ? "rowId" : field));

function graphql(of: Of, fields: readonly string[]): RequestMaker {
  const query = `mutation ($id: String!, $patch: CustomerPatch!) {
    updateCustomerByTenantAndRowId(input: { tenant: "1", rowId: $id, customerPatch: $patch }) {
      customer { ${fields.join(" ")} }
    }
  }`;
  return {
    size: 1,
    make(n) {
      const variables = { id: of(n), patch: updatePatch(n) };
      return {
        text: http("POST", "/graphql", "", json, JSON.stringify({ query, variables })),
        expected: `"addressState":"State ${n}"`,
        times: 1,
      };
    },
  };
}

const batch = (tokenOf: TokenOf, of: Of, head: Head): RequestMaker => ({
  size: batchSize,
  make(n) {
    const inputs = Array.from({ length: batchSize }, (_, i) => update(of(n + i), n + i));
    const path = `/trpc/${inputs.map(() => "customer.update").join(",")}?batch=1`;
    return {
      text: http("POST", path, tokenOf(n), head, JSON.stringify(Object.fromEntries(inputs.entries()))),
      expected: '"applied":true',
      times: batchSize,
    };
  },
});

const many = (tokenOf: TokenOf, of: Of, mode: "atomic" | "independent"): RequestMaker => ({
  size: manySize,
  make(n) {
    const items = Array.from({ length: manySize }, (_, i) => update(of(n + i), n + i));
    return {
      text: http("POST", "/trpc/customer.updateMany", tokenOf(n), json, JSON.stringify({ items, mode })),
      expected: '"applied":true',
      times: manySize,
    };
  },
});

/** The requests of a job. */
export function requestMaker({ request, tokens, customers }: Job): RequestMaker {
  const index = scatter(customers.first, customers.count);
  return kinds[request as RequestKind](
    (n) => tokens[index(n) % tokens.length] as string,
    (n) => customerId(index(n)),
  );
}

/** The number of updates or reads in one request of a kind. */
export const sizeOf = (kind: RequestKind): number =>
  kinds[kind](
    () => "",
    () => "",
  ).size;
