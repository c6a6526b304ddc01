/** The bytes of a file, as they are read. */
export type Bytes = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/**
 * A file that can be read more than once: a `File` or `Blob`, its whole text, or a function that opens it
 * anew, such as `() => createReadStream(path)`. An import reads its file several times.
 */
export type Source = Blob | string | (() => Bytes);

/** Opens a source from its beginning. */
export async function* open(source: Source): AsyncGenerator<Uint8Array> {
  if (typeof source === "string") return yield new TextEncoder().encode(source);
  const bytes = typeof source === "function" ? source() : source.stream();
  if (Symbol.asyncIterator in bytes) return yield* bytes;
  // Some browsers cannot iterate over streams.
  const reader = (bytes as ReadableStream<Uint8Array>).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}

/** Bytes in blocks of one size, except the last, whatever the sizes in which they arrive. */
async function* blocks(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let block = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + size - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield block;
      block = new Uint8Array(size);
      filled = 0;
    }
  }
  yield block.subarray(0, filled);
}

const blockSize = 1 << 20;

/**
 * A digest of bytes of any length in constant memory: SHA-256 over the SHA-256 of each mebibyte, because
 * WebCrypto has no streaming digest. @returns hexadecimal digits
 */
export async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: ArrayBuffer[] = [];
  for await (const block of blocks(bytes, blockSize))
    parts.push(await crypto.subtle.digest("SHA-256", block));
  const whole = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(whole), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
