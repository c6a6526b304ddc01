import type { JsonObject } from "@roster/domain";
import { canonicalPaths, canonicalSchemas } from "./canonical/openapi.ts";
import { bearer } from "./json-schema.ts";
import { problemSchema } from "./problem-schema.ts";
import { scimOperations, scimSchemas } from "./scim/openapi.ts";
import { wireFormats } from "./wire-formats/formats.ts";
import { wireOperation, wireSecurity } from "./wire-formats/openapi.ts";

/**
 * Generates the OpenAPI 3.1 document from the mounted routes: the canonical REST API and the third-party
 * formats.
 */
export function openApi(): JsonObject {
  // The /docs page offers the first scheme first.
  const securitySchemes: JsonObject = {
    [bearer]: { type: "http", scheme: "bearer", description: `For Roster's own routes. ${aboutTokens}` },
  };
  const paths: JsonObject = canonicalPaths();
  for (const format of wireFormats) {
    const { name, scheme } = wireSecurity(format, aboutTokens);
    securitySchemes[name] ??= scheme;
    paths[format.path] = { [format.method.toLowerCase()]: wireOperation(format) };
  }
  Object.assign(paths, scimOperations());
  return {
    openapi: "3.1.0",
    info: {
      title: "Roster",
      version: "0.1.0",
      description:
        "Customer and user records. The routes under `/api/customers`, `/api/users`, `/api/user-groups` and `/api/changes` are Roster's own; those under `/scim/v2` are SCIM 2.0; the others serve third-party formats. Typed calls go to `/trpc` through `@roster/client`.\n\nEach call has an example that works on a new database after the examples of `POST /api/customers` and `POST /api/users` have been sent; where Roster makes up the `{id}`, it is that of the record that the example of the collection creates.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes,
      schemas: { ...canonicalSchemas(), ...scimSchemas(), Problem: problemSchema() },
    },
  };
}

const aboutTokens =
  "The first start of a server prints an admin token. `token.create`, or `npm run db:token` for operators, makes others.";
