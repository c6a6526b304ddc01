import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { getPath } from "hono/utils/url";
import type { Answer } from "../answer.ts";
import { contentTag, isKnownTag } from "../canonical/entity-tag.ts";
import { readOnly } from "../methods.ts";
import type { Path } from "../path.ts";
import { problemAnswer } from "../problem.ts";

/** Where the console is built. */
const built = fileURLToPath(new URL("../../../../console/dist/", import.meta.url));

const types: Record<string, string> = {
  ".css": "text/css; charset=UTF-8",
  ".html": "text/html; charset=UTF-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=UTF-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=UTF-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Pages load nothing from elsewhere, run only scripts that are files, and are in no frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** A file that is in the folder of the build, ready to be sent. */
interface Served {
  content: Buffer<ArrayBuffer>;
  /** The same, compressed; undefined if that would not make it smaller. */
  compressed: Buffer<ArrayBuffer> | undefined;
  headers: Record<string, string>;
  tag: string;
}

/** The files of a build, by their paths below `/console/`. */
interface Build {
  madeAt: number;
  names: ReadonlySet<string>;
  served: Map<string, Promise<Served>>;
}

const page = "index.html";

/**
 * Serves the console: the files of its build, and its page at every other address below `/console`, which the
 * page itself reads.
 */
export function consolePaths(folder = built): Path[] {
  let current: Promise<Build | undefined> | undefined;

  /** The build as of now: a new one replaces the old one without a restart. */
  async function build(): Promise<Build | undefined> {
    const made = await stat(join(folder, page)).catch(() => undefined);
    if (!made) return (current = undefined);
    const known = await current;
    if (known?.madeAt === made.mtimeMs) return known;
    return (current = listed(made.mtimeMs));
  }

  async function listed(madeAt: number): Promise<Build> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
    return { madeAt, names: new Set(names), served: new Map() };
  }

  async function read(name: string): Promise<Served> {
    const content = await readFile(join(folder, name));
    const type = types[extname(name)] ?? "application/octet-stream";
    const isText = /^(text|application)\/(?!octet)|svg/.test(type);
    const compressed = isText ? gzipSync(content, { level: 9 }) : undefined;
    return {
      content,
      compressed: compressed && compressed.length < content.length ? compressed : undefined,
      tag: contentTag(content),
      headers: {
        "content-type": type,
        "content-security-policy": policy,
        // The names of assets contain a hash of their content.
        "cache-control": name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
        vary: "Accept-Encoding",
      },
    };
  }

  const answer = async (request: Request): Promise<Answer> => {
    const found = await build();
    if (!found)
      return {
        status: 404,
        headers: { "content-type": "text/plain; charset=UTF-8" },
        body: "The console is not built: run npm run build.\n",
      };
    const path = getPath(request).slice("/console/".length);
    const name = found.names.has(path) ? path : page;
    // An old page may request an asset that a new build no longer has; the page in its place would not run.
    if (name === page && path.startsWith("assets/"))
      return problemAnswer({ code: "NOT_FOUND", message: "there is no such file" });
    let serving = found.served.get(name);
    if (!serving) found.served.set(name, (serving = read(name)));
    return sent(request, await serving);
  };
  return ["/console", "/console/*"].map((path) => readOnly(path, answer, "console"));
}

function sent(request: Request, { content, compressed, headers, tag }: Served): Answer {
  const tagged = { ...headers, etag: `"${tag}"` };
  if (isKnownTag(request, tag)) return { status: 304, headers: tagged, body: null };
  const takes = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  return takes && compressed
    ? { status: 200, headers: { ...tagged, "content-encoding": "gzip" }, body: compressed }
    : { status: 200, headers: tagged, body: content };
}
