import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../serve.ts";
import { consolePaths } from "./files.ts";

/** The files of the console, from a folder that stands for its build. */

let folder: string;
let get: (path: string, headers?: Record<string, string>) => Promise<Response>;

const page = (text: string) => `<!doctype html><title>${text}</title>`;
const script = `console.log(${JSON.stringify("x".repeat(1_000))});`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roster-console-"));
  const fetch = serve(consolePaths(folder), { logger: pino({ level: "silent" }) });
  get = (path, headers = {}) => fetch(new Request(`http://roster.test${path}`, { headers }));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the console", () => {
  it("explains how to build it while it is not built", async () => {
    const answer = await get("/console/customers");
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe("The console is not built: run npm run build.\n");
  });

  it("is served once it is built, without a restart, and again after the next build", async () => {
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "assets/main-1a2b.js"), script);
    await writeFile(join(folder, "index.html"), page("first"));
    expect(await (await get("/console")).text()).toBe(page("first"));
    await writeFile(join(folder, "index.html"), page("second"));
    await utimes(join(folder, "index.html"), 1, 1);
    expect(await (await get("/console")).text()).toBe(page("second"));
  });

  it.each([
    "/console",
    "/console/",
    "/console/customers",
    "/console/customers/0198?search=a",
    "/console/none.js",
  ])("answers %s with its page, which is asked for again each time", async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(await answer.text()).toBe(page("second"));
    const again = await get(path, { "If-None-Match": answer.headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("lets its pages run its own scripts alone, and be in no frame", async () => {
    const policy = (await get("/console")).headers.get("content-security-policy")?.split("; ");
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'"]));
    expect(policy).toEqual(expect.arrayContaining(["connect-src 'self'", "frame-ancestors 'none'"]));
    expect(policy?.join()).not.toMatch(/unsafe|https?:|\*/);
  });

  it("serves an asset for good, and compressed to those that take that", async () => {
    const answer = await get("/console/assets/main-1a2b.js", { "Accept-Encoding": "br, gzip" });
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect((await answer.arrayBuffer()).byteLength).toBeLessThan(script.length / 4);
    const plain = await get("/console/assets/main-1a2b.js");
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await plain.text()).toBe(script);
  });

  it("refuses an asset of another build, which its page would take for a script", async () => {
    const answer = await get("/console/assets/main-0000.js");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  });

  it.each([
    "/console/../package.json",
    "/console/%2e%2e/%2e%2e/package.json",
    "/console/..%2f..%2fpackage.json",
  ])("has nothing from outside its folder: %s", async (path) => {
    const answer = await get(path);
    expect(await answer.text()).not.toContain("workspaces");
  });
});
