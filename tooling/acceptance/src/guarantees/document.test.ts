import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** The proofs that `docs/guarantees.md` names exist under their names. */

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const read = (path: string): string => readFileSync(root + path, "utf8");

/** A line that names a file of tests, and tests of it. */
const proofs = read("docs/guarantees.md")
  .split("\n")
  .flatMap((line) => {
    const file = /^- `([^`]+\.(?:test|cases)\.ts)`/.exec(line)?.[1];
    return file === undefined
      ? []
      : [{ file, names: [...line.matchAll(/_([^_]+)_/g)].map(([, name]) => name) }];
  });

describe("the document of guarantees", () => {
  it("names tests for every promise", () => {
    expect(proofs.length).toBeGreaterThan(15);
    expect(proofs.flatMap(({ names }) => names).length).toBeGreaterThan(40);
  });

  it.each(proofs)("names tests that there are in $file", ({ file, names }) => {
    const source = read(file);
    for (const name of names) expect(source).toContain(`"${name}`);
  });
});
