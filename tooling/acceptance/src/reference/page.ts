import type { Sufficient } from "../scopes/calls.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Procedure } from "../fuzz/procedures.ts";
import { root } from "../outside/project.ts";

/** A procedure as the declarations of the client have it. */
interface Declared {
  path: string;
  kind: "query" | "mutation" | "subscription";
  input: string;
  output: string;
}

/** Reads the declarations of all procedures, which the compiler writes out in full. */
function declared(): Declared[] {
  const text = readFileSync(join(root, "packages/client/dist/router.d.ts"), "utf8");
  const found: Declared[] = [];
  let noun = "";
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    const opened = /^ {4}(\w+): .*RouterOptions|^ {4}(\w+): import\("@trpc\/server"\)\.TRPCBuiltRouter/.exec(
      line,
    );
    if (opened) noun = opened[1] ?? opened[2] ?? "";
    const procedure =
      /^ {8}(\w+): import\("@trpc\/server"\)\.TRPC(Query|Mutation|Subscription)Procedure<\{$/.exec(line);
    if (!procedure) continue;
    const end = lines.findIndex((one, index) => index > at && /^ {12}meta: /.test(one));
    const body = lines
      .slice(at + 1, end)
      .join(" ")
      .replaceAll(/\s+/g, " ");
    const [, input = "", output = ""] = /input: (.*); output: (.*);\s*$/.exec(body.trim()) ?? [];
    found.push({
      path: `${noun}.${procedure[1]}`,
      kind: (procedure[2] as string).toLowerCase() as Declared["kind"],
      input: plain(input),
      output: plain(output),
    });
  }
  return found;
}

/** A type as a reader needs it: without the places of names, and without what every mutation takes. */
const plain = (type: string): string =>
  type
    .replaceAll(/import\("[^"]+"\)\./g, "")
    .replaceAll(/ & \{ idempotencyKey\?: string \| undefined; \}/g, "")
    .replaceAll(/\{ idempotencyKey\?: string \| undefined; \}/g, "{}")
    .replaceAll(" | undefined", "")
    .replace(/^void \| (.*)$/, "$1 (may be left out)")
    .replace(/^void$/, "nothing");

/** The sources in which the domain declares its types. */
function places(): Map<string, string> {
  const folder = join(root, "packages/domain/src");
  const found = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
    const file = join(folder, name);
    for (const [, type = ""] of readFileSync(file, "utf8").matchAll(/^export (?:interface|type) (\w+)/gm))
      found.set(type, relative(join(root, "docs"), file).replaceAll("\\", "/"));
  }
  return found;
}

/** The refusals of a procedure besides those of every call or every mutation, by the members of its input. */
function refusals(kind: Declared["kind"], members: readonly string[]): string[] {
  const writes = kind === "mutation";
  return [
    ...(members.includes("where") ? ["NOT_FOUND", ...(writes ? ["DELETED"] : [])] : []),
    ...(members.includes("expectedVersion") ? ["STALE_VERSION", "VERSION_REQUIRED"] : []),
  ];
}

const head = `# Reference

Every procedure of the typed client: \`client.customer.get.query(input)\`, \`client.customer.create.mutate(input)\`. This page is made from the code; \`npx vitest run tooling/acceptance/src/reference -u\` writes it. The REST routes are described at \`/docs\` and \`/openapi.json\` of a running server.

Any of the scopes suffices. Scopes joined by a plus are needed together, for forms of the call that read as well as write or concern several nouns: a dry run of a revert, a view to share, a merge that moves users. [Tokens](tokens.md) explains scopes and tenants; [Updates](updates.md) describes the blocks of an update; the names of types lead to their declarations.

**Refusals.** Every call can be refused with \`MALFORMED\`, \`INVALID\`, \`UNAUTHENTICATED\`, \`FORBIDDEN\`, \`TOO_LARGE\`, \`UNAVAILABLE\` and \`INTERNAL\`; every mutation also with \`CONFLICT\`, \`OVERLOADED\` and \`UNCERTAIN\`, and with \`IDEMPOTENCY_MISMATCH\`, since every mutation takes an \`idempotencyKey\`. The column names those beyond. \`NOT_FOUND\` also means that a record that the input names, such as a tag, does not exist, if it has a fault at the place of that name.
`;

/**
 * Writes the page.
 * @param scopesOf what suffices for each procedure: any of the scopes, or several together
 * @param takes the members of the input of each procedure, as a server reports them
 */
export function referencePage(
  scopesOf: ReadonlyMap<string, readonly Sufficient[]>,
  takes: readonly Procedure[],
): string {
  const at = places();
  const membersOf = new Map(takes.map(({ path, takes: { members } }) => [path, members]));
  const linked = (type: string): string => {
    const escaped = type.replaceAll("|", "\\|");
    const names = [...new Set(type.match(/\b[A-Z]\w+\b/g) ?? [])].filter((name) => at.has(name));
    const links = names.map((name) => `[${name}](${at.get(name)})`).join(", ");
    if (names.length === 1 && names[0] === type) return links;
    return `\`${escaped}\`${links && ` (${links})`}`;
  };
  const nouns = Map.groupBy(declared(), ({ path }) => path.split(".")[0] as string);
  const sections = [...nouns].map(([noun, procedures]) => {
    const rows = procedures.map(({ path, kind, input, output }) => {
      const sufficient = scopesOf.get(path) ?? [];
      const scopes = sufficient.map((some) =>
        [some]
          .flat()
          .map((scope) => `\`${scope}\``)
          .join(" + "),
      );
      const codes = refusals(kind, membersOf.get(path) ?? []).map((code) => `\`${code}\``);
      return `| \`${path}\` | ${kind} | ${linked(input)} | ${linked(output)} | ${scopes.join(", ") || "any"} | ${codes.join(", ")} |`;
    });
    return `## ${noun}

| procedure | kind | input | output | scopes | refusals |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
  });
  return [head, ...sections].join("\n");
}
