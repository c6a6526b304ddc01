import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Hono } from "hono";
import { tagsIn } from "./canonical/entity-tag.ts";
import type { Operation } from "./canonical/operation.ts";
import { openApi } from "./openapi.ts";
import type { WireFormat } from "./wire-formats/wire-format.ts";

/** The files that come from Swagger UI. */
const assets = {
  "swagger-ui.css": "text/css",
  "swagger-ui-bundle.js": "text/javascript",
} as const;

/**
 * Serves `/openapi.json` and the page `/docs`, whose files all come from this server. `/` redirects there.
 */
export function docs(app: Hono, operations: readonly Operation[], formats: readonly WireFormat[]): void {
  // Made on first request: most servers are never asked, and it takes time at start.
  let document: string | undefined;
  app.get("/", (c) => c.redirect("/docs"));
  app.get("/openapi.json", () => {
    document ??= JSON.stringify(openApi(operations, formats));
    return new Response(document, { headers: { "content-type": "application/json" } });
  });
  app.get("/docs", (c) => c.html(page, 200, { "content-security-policy": policy }));
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  for (const [name, type] of Object.entries(assets))
    serveFile(app, `/docs/${name}`, join(folder, name), type);
  app.get("/docs/start.js", () => new Response(start, { headers: { "content-type": "text/javascript" } }));
}

/** Serves a file that does not change while the server runs. It is read on first request and then kept. */
function serveFile(app: Hono, path: string, file: string, type: string): void {
  let loading: Promise<{ content: Buffer<ArrayBuffer>; tag: string }> | undefined;
  const load = async () => {
    const content = await readFile(file);
    return { content, tag: createHash("sha256").update(content).digest("base64url") };
  };
  app.get(path, async (c) => {
    const { content, tag } = await (loading ??= load());
    const headers = { etag: `"${tag}"`, "cache-control": "public, max-age=3600" };
    const known = tagsIn(c.req.raw.headers, "If-None-Match");
    return known === "*" || known?.some((one) => one.tag === tag)
      ? new Response(null, { status: 304, headers })
      : new Response(content, { headers: { ...headers, "content-type": type } });
  });
}

/** Swagger UI embeds styles and images in its code. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** In the "Authorize" dialog, each field takes the focus when it appears. This gives it back to the first. */
const start = `
let focusing;
const focusFirst = () => ({
  wrapComponents: {
    authorizationPopup: (Popup, { React }) =>
      (focusing ??= (props) => {
        React.useEffect(() => document.querySelector(".auth-container input")?.focus(), []);
        return React.createElement(Popup, props);
      }),
  },
});
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  plugins: [focusFirst],
});
`;

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
