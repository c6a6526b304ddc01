import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, rename, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UsageError } from "./usage-error.ts";

/** A file that appears whole or not at all, once there is something in it. */
export interface OutputFile {
  write(text: string): Promise<void>;
  /** Puts what was written in the place of the file. */
  end(): Promise<void>;
  /** Drops what was written; an older file stays. */
  abandon(): Promise<void>;
}

export function outputFile(path: string): OutputFile {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  let handle: FileHandle | undefined;
  return {
    async write(text) {
      try {
        handle ??= await open(part, "wx", 0o600);
      } catch {
        throw new UsageError(`${path} cannot be written`);
      }
      await handle.write(text);
    },
    async end() {
      if (!handle) return;
      await handle.close();
      handle = undefined;
      await rename(part, path);
    },
    async abandon() {
      await handle?.close();
      await rm(part, { force: true });
    },
  };
}

/** Keeps a stream in a temporary file, because an import reads its input several times. */
export async function spooled(input: Readable): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "roster-"));
  const path = join(folder, "input");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(input, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}
