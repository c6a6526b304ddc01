import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer } from "./answer.ts";
import { contentTag, isKnownTag } from "./canonical/entity-tag.ts";
import { readOnly } from "./methods.ts";
import { openApi } from "./openapi.ts";
import type { Path } from "./path.ts";

/** The files that come from Swagger UI. */
const assets = {
  "swagger-ui.css": "text/css",
  "swagger-ui-bundle.js": "text/javascript",
} as const;

/**
 * Serves `/openapi.json` and the page `/docs`, whose files all come from this server. `/` and `/docs/` redirect there.
 */
export function docs(): Path[] {
  // Made on first request: most servers are never asked, and it takes time at start.
  let document: string | undefined;
  return [
    ...["/", "/docs/"].map((path) =>
      readOnly(path, () => ({ status: 302, headers: { location: "/docs" }, body: null })),
    ),
    readOnly("/openapi.json", () =>
      found((document ??= JSON.stringify(openApi())), {
        "content-type": "application/json",
      }),
    ),
    readOnly("/docs", () =>
      found(page, { "content-type": "text/html; charset=UTF-8", "content-security-policy": policy }),
    ),
    ...Object.entries(assets).map(([name, type]) => file(`/docs/${name}`, name, type)),
    readOnly("/docs/start.js", () => found(start, { "content-type": "text/javascript" })),
  ];
}

const found = (body: Answer["body"], headers: Answer["headers"]): Answer => ({ status: 200, headers, body });

/** The folder of Swagger UI: beside this code where the server is installed as a package, else its own package. */
function swaggerUi(): string {
  const beside = fileURLToPath(new URL("./swagger-ui", import.meta.url));
  return existsSync(beside)
    ? beside
    : dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
}

/** Serves a file of Swagger UI. It is read on first request and then kept. */
function file(path: string, name: string, type: string): Path {
  let loading: Promise<{ content: Buffer<ArrayBuffer>; tag: string }> | undefined;
  const load = async () => {
    const content = await readFile(join(swaggerUi(), name));
    return { content, tag: contentTag(content) };
  };
  return readOnly(path, async (request) => {
    const { content, tag } = await (loading ??= load());
    const headers = { etag: `"${tag}"`, "cache-control": "public, max-age=3600" };
    return isKnownTag(request, tag)
      ? { status: 304, headers, body: null }
      : found(content, { ...headers, "content-type": type });
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
