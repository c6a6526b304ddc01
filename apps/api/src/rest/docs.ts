import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Hono } from "hono";
import type { Operation } from "./canonical/operation.ts";
import { openApi } from "./openapi.ts";
import type { WireFormat } from "./wire-formats/wire-format.ts";

const assets = {
  "swagger-ui.css": "text/css",
  "swagger-ui-bundle.js": "text/javascript",
} as const;

/** `/openapi.json`, and a page at `/docs` whose every part is served from here. */
export function docs(app: Hono, operations: readonly Operation[], formats: readonly WireFormat[]): void {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const document = JSON.stringify(openApi(operations, formats));
  app.get("/openapi.json", () => new Response(document, { headers: { "content-type": "application/json" } }));
  app.get("/docs", (c) => c.html(page, 200, { "content-security-policy": policy }));
  for (const [name, type] of Object.entries(assets)) {
    app.get(
      `/docs/${name}`,
      async () =>
        new Response(await readFile(join(folder, name)), {
          headers: { "content-type": type, "cache-control": "max-age=3600" },
        }),
    );
  }
  app.get("/docs/start.js", () => new Response(start, { headers: { "content-type": "text/javascript" } }));
}

const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

const start = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });\n`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Roster API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
