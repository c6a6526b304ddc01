/** A law that does not hold. */
export class Wrong extends Error {}

/** @throws Wrong unless the condition holds */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Wrong(what);
}

/** @throws Wrong with the first difference unless two JSON values are equal, whatever the order of their keys */
export function same(actual: unknown, expected: unknown, what: string): void {
  const found = difference(actual, expected, "");
  if (found !== undefined) throw new Wrong(`${what}: ${found}`);
}

function difference(actual: unknown, expected: unknown, at: string): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected))
    return `${at || "it"} is ${JSON.stringify(actual)}, and not ${JSON.stringify(expected)}`;
  const whole = () => (JSON.stringify(actual).length < 300 ? ` in ${JSON.stringify(actual)}` : "");
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length)
    return `${at || "it"} has ${actual.length} entries, and not ${expected.length}${whole()}: ${strangers(actual, expected)}`;
  for (const key of new Set([...Object.keys(actual), ...Object.keys(expected)])) {
    const found = difference(actual[key], expected[key], `${at}/${key}`);
    if (found !== undefined) return found + (at === "" ? whole() : "");
  }
  return undefined;
}

/** The entries that only one of two lists has. */
function strangers(actual: readonly unknown[], expected: readonly unknown[]): string {
  const [have, want] = [actual, expected].map((list) => list.map((entry) => JSON.stringify(entry))) as [
    string[],
    string[],
  ];
  const short = (list: readonly string[]) => list.slice(0, 3).join("; ").slice(0, 1_000);
  return `too many ${short(have.filter((one) => !want.includes(one)))}; missing ${short(want.filter((one) => !have.includes(one)))}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
