import type { JsonObject } from "@roster/domain";
import { canonicalPaths, canonicalSchemas } from "./canonical/openapi.ts";
import type { Operation } from "./canonical/operation.ts";
import { problemSchema } from "./problem-schema.ts";
import { wireOperation, wireSecurity } from "./wire-formats/openapi.ts";
import type { WireFormat } from "./wire-formats/wire-format.ts";

/**
 * The OpenAPI 3.1 document, made from what is served: the operations of the canonical REST API and
 * the documented third-party formats.
 */
export function openApi(operations: readonly Operation[], formats: readonly WireFormat[]): JsonObject {
  // The first is what the page at /docs asks for first.
  const securitySchemes: JsonObject = {
    [bearer]: { type: "http", scheme: "bearer", description: `For Roster's own routes. ${aboutTokens}` },
  };
  const paths: JsonObject = canonicalPaths(operations, bearer);
  for (const format of formats) {
    const { name, scheme } = wireSecurity(format, aboutTokens);
    securitySchemes[name] ??= scheme;
    paths[format.path] = { [format.method.toLowerCase()]: wireOperation(format) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Roster",
      version: "0.1.0",
      description:
        "Customer and user records. The routes under `/api/customers` and `/api/users` are Roster's own; the others are the third-party formats that it serves. Typed calls go to `/trpc` through `@roster/client`.\n\nEach call has an example that works as it is, on a new database, once the examples of `POST /api/customers` and `POST /api/users` were sent.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: { securitySchemes, schemas: { ...canonicalSchemas(), Problem: problemSchema() } },
  };
}

const bearer = "Authorization-Bearer";
const aboutTokens =
  "The first start of a server prints the token of an admin; `token.create`, and `npm run db:token` for operators, make others.";
