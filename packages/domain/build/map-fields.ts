import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "@jridgewell/sourcemap-codec";

/**
 * Makes the declaration maps lead from each field of a policy to its line. The compiler maps only the comment
 * of a property with an inferred type, so editors would go to the next mapped place: the field after it. Runs
 * after the compiler, and may run repeatedly.
 */
const dist = join(import.meta.dirname, "../dist");
for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".d.ts.map")) continue;
  const file = join(dist, name);
  const map = JSON.parse(readFileSync(file, "utf8")) as { mappings: string };
  const lines = readFileSync(file.slice(0, -".map".length), "utf8").split("\n");
  const mappings = decode(map.mappings);
  for (const [i, line] of lines.entries()) {
    const indent = /^ +readonly (?=\w+: )/.exec(line)?.[0];
    const commentEnd = lines[i - 1]?.endsWith("*/") ? mappings[i - 1]?.at(-1) : undefined;
    if (indent === undefined || commentEnd?.length !== 4 || mappings[i]?.length !== 0) continue;
    const [, source, commentLine] = commentEnd;
    mappings[i] = [[indent.length, source, commentLine + 1, 2]];
  }
  writeFileSync(file, JSON.stringify({ ...map, mappings: encode(mappings) }));
}
