import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Checks that the tests named in `docs/guarantees.md` exist. */

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const read = (path: string): string => readFileSync(root + path, "utf8");

/** The lines that name a test file and some of its tests. */
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

  it.each(proofs)("names existing tests in $file", ({ file, names }) => {
    const source = read(file);
    for (const name of names) expect(source).toContain(`"${name}`);
  });
});
