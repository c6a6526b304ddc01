import { FileError } from "./file-error.ts";

/** The encoding that a byte order mark or the pattern of zero bytes shows; undefined if neither does. */
function marked(start: Uint8Array): string | undefined {
  const [a, b, c] = start;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  // Headers are mostly ASCII, so every other byte of UTF-16 is zero.
  if (a !== 0 && b === 0) return "utf-16le";
  if (a === 0 && b !== 0 && b !== undefined) return "utf-16be";
  return undefined;
}

/**
 * Finds the encoding of a file: the one that its first bytes show, UTF-8 if the whole file is valid UTF-8, and
 * otherwise Windows-1252, which older spreadsheets write. Every file is valid Windows-1252.
 *
 * @returns a label of the Encoding Standard
 */
export async function findEncoding(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let first = true;
  for await (const chunk of bytes) {
    if (chunk.length === 0) continue;
    const shown = first ? marked(chunk) : undefined;
    if (shown !== undefined) return shown;
    first = false;
    try {
      utf8.decode(chunk, { stream: true });
    } catch {
      return "windows-1252";
    }
  }
  try {
    utf8.decode();
  } catch {
    return "windows-1252";
  }
  return "utf-8";
}

/**
 * Decodes bytes to text, without a byte order mark.
 * @throws FileError if the encoding is unknown, or if the bytes are not in it
 */
export async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = decoderOf(encoding);
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw new FileError(`the file is not in the encoding ${encoding}`);
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

function decoderOf(encoding: string) {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    const common = "utf-8, windows-1252 and utf-16le";
    throw new FileError(`there is no encoding ${JSON.stringify(encoding)}; common ones are ${common}`);
  }
}
