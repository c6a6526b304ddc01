/** A text or bytes, cut into pieces of one size, as they arrive from a file. */
export async function* pieces<T extends string | Uint8Array>(whole: T, size: number): AsyncGenerator<T> {
  for (let at = 0; at < whole.length; at += size)
    yield await Promise.resolve(whole.slice(at, at + size) as T);
}

/** All values of an iterable. */
export async function allOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
