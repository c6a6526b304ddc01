import { randomUUID } from "node:crypto";
import { createWriteStream, statSync, writeFileSync } from "node:fs";
import { mkdtemp, open, rename, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Output } from "./terminal.ts";
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
      handle ??= await begin(path, part);
      // Unlike `write`, it does not leave out the rest when a full disk takes only a part.
      await handle.appendFile(text).catch(unwritable(path));
    },
    async end() {
      if (!handle) return;
      await handle.close().catch(unwritable(path));
      handle = undefined;
      await rename(part, path).catch(unwritable(path));
    },
    async abandon() {
      await handle?.close();
      await rm(part, { force: true });
    },
  };
}

/** Why the operating system makes no file. */
const reasons: Record<string, string> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder does not exist",
  EACCES: "you may not write in its folder",
  EPERM: "you may not write in its folder",
  EROFS: "its file system is read-only",
};

/** @throws UsageError if the path names no file that can be written */
async function begin(path: string, part: string): Promise<FileHandle> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) throw new UsageError(`${path} is a folder`);
  try {
    return await open(part, "wx", 0o600);
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
    throw new UsageError(`${path} cannot be written` + (reason === undefined ? "" : `: ${reason}`));
  }
}

/** Names the output in an error of the operating system, such as that the disk is full. */
const unwritable =
  (output: string) =>
  (error: unknown): never => {
    throw new Error(`${output} cannot be written: ${(error as Error).message}`, { cause: error });
  };

/**
 * Standard output that is a file. Node's own stream drops the rest of a text, without an error, when a full
 * disk takes only a part of it.
 */
export const fileOutput = (fd: number): Output => ({
  write(text) {
    try {
      writeFileSync(fd, text);
    } catch (error) {
      unwritable("standard output")(error);
    }
    return true;
  },
  once: () => undefined,
});

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
