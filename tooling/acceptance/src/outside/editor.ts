import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { OutsideProject } from "./project.ts";

/** Asks TypeScript's language server, as editors do, for the definition at a place in a program. */
export interface Editor {
  /**
   * @param mark a text; the place is the last character of its first occurrence
   * @returns the path of the file, and the line in it, from 0
   */
  definition(mark: string): Promise<{ path: string; line: number }>;
  close(): void;
}

/** Opens a program in a project, as an editor does. */
export async function openEditor(project: OutsideProject, file: string, text: string): Promise<Editor> {
  const tsc = join(project.folder, "node_modules/typescript/bin/tsc");
  const server = spawn(process.execPath, [tsc, "--lsp", "--stdio"], {
    cwd: project.folder,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let received = Buffer.alloc(0);
  server.stdout.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const header = /^Content-Length: (\d+)[^]*?\r\n\r\n/.exec(received.toString("latin1"));
      if (!header) return;
      const end = header[0].length + Number(header[1]);
      if (received.length < end) return;
      const message = JSON.parse(received.subarray(header[0].length, end).toString()) as Message;
      received = received.subarray(end);
      if (message.method === undefined) waiting.get(message.id as number)?.(message.result);
      // The server's requests to the editor need no real answer.
      else if (message.id !== undefined) send({ id: message.id, result: null });
    }
  });
  const send = (message: object) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  let id = 0;
  const ask = (method: string, params: object): Promise<unknown> =>
    new Promise((resolve) => {
      waiting.set(++id, resolve);
      send({ id, method, params });
    });

  const uri = pathToFileURL(file).href;
  const at = (mark: string) => {
    const lines = text.slice(0, text.indexOf(mark) + mark.length - 1).split("\n");
    const line = lines.length - 1;
    return { textDocument: { uri }, position: { line, character: lines[line]?.length ?? 0 } };
  };
  await ask("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(project.folder).href,
    capabilities: {},
  });
  send({ method: "initialized", params: {} });
  send({
    method: "textDocument/didOpen",
    params: { textDocument: { uri, languageId: "typescript", version: 1, text } },
  });
  return {
    definition: async (mark) => {
      const found = (await ask("textDocument/definition", at(mark))) as Location | Location[];
      const { uri: target, range } = Array.isArray(found) ? (found[0] as Location) : found;
      return { path: fileURLToPath(target), line: range.start.line };
    },
    close: () => void server.kill(),
  };
}

interface Message {
  id?: number;
  method?: string;
  result?: unknown;
}
interface Location {
  uri: string;
  range: { start: { line: number } };
}

/** The part of TypeScript's own API, until version 6, that gives hover texts. */
interface LanguageServices {
  createLanguageService(host: object): {
    getQuickInfoAtPosition(
      file: string,
      position: number,
    ): { documentation?: { text: string }[] } | undefined;
  };
  ScriptSnapshot: { fromString(text: string): object };
  sys: object & { fileExists(file: string): boolean; readFile(file: string): string | undefined };
  getDefaultLibFilePath(options: object): string;
}

/**
 * The hover texts of an editor with an older TypeScript; version 7.0 has none for properties of mapped types,
 * not even of `Pick`.
 * @param typescript the name under which it is installed
 */
export function documentation(
  project: OutsideProject,
  typescript: string,
  text: string,
  marks: readonly string[],
): string[] {
  const file = join(project.folder, "editor.ts");
  const ts = createRequire(file)(typescript) as LanguageServices;
  const readFile = (name: string) => (name === file ? text : ts.sys.readFile(name));
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => true,
    readFile,
    fileExists: (name: string) => name === file || ts.sys.fileExists(name),
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot(name: string) {
      const content = readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => project.folder,
    // ES2022, with Node's modules and resolution.
    getCompilationSettings: () => ({ target: 9, module: 199, moduleResolution: 99, strict: true }),
    getDefaultLibFileName: (options: object) => ts.getDefaultLibFilePath(options),
  });
  return marks.map((mark) => {
    const info = service.getQuickInfoAtPosition(file, text.indexOf(mark) + mark.length - 1);
    return (info?.documentation ?? []).map((part) => part.text).join("");
  });
}
