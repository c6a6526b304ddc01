/**
 * JSON that `JSON.stringify` would not write: with repeated keys, with
 * `__proto__`, with numbers that no double holds, and with pieces that are no JSON at all.
 */
export type Tree = null | boolean | number | string | Raw | Tree[] | Members;

/** Text inserted verbatim. */
export class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An object whose keys may repeat. */
export class Members {
  readonly entries: readonly (readonly [key: string, value: Tree])[];
  constructor(entries: readonly (readonly [key: string, value: Tree])[]) {
    this.entries = entries;
  }
}

export const members = (object: Readonly<Record<string, Tree | undefined>>): Members =>
  new Members(Object.entries(object).filter((entry): entry is [string, Tree] => entry[1] !== undefined));

export function textOf(tree: Tree): string {
  if (tree instanceof Raw) return tree.text;
  if (Array.isArray(tree)) return `[${tree.map(textOf).join(",")}]`;
  if (tree instanceof Members)
    return `{${tree.entries.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(",")}}`;
  return JSON.stringify(tree);
}

/** A change at one place of a tree. */
export interface Mutation {
  kind: "replace" | "remove" | "add" | "repeat" | "rename" | "wrap";
  /** The index of the place, modulo the number of places. */
  place: number;
  key: string;
  value: Tree;
}

/** Applies a mutation. Places count in the order of the text. */
export function mutate(tree: Tree, { kind, place, key, value }: Mutation): Tree {
  let left = place % count(tree);
  const visit = (node: Tree): Tree => {
    if (left-- === 0) {
      if (kind === "wrap") return [node];
      if (kind === "add" && node instanceof Members) return new Members([...node.entries, [key, value]]);
      if (kind === "add" && Array.isArray(node)) return [...node, value];
      return value;
    }
    if (Array.isArray(node)) return node.map(visit);
    if (!(node instanceof Members)) return node;
    return new Members(
      node.entries.flatMap(([name, child]): (readonly [string, Tree])[] => {
        const here = left === 0;
        if (!here || kind === "replace" || kind === "wrap" || kind === "add") return [[name, visit(child)]];
        left--;
        if (kind === "remove") return [];
        if (kind === "rename") return [[key, child]];
        return [
          [name, child],
          [name, value],
        ];
      }),
    );
  };
  return visit(tree);
}

function count(tree: Tree): number {
  const inner = Array.isArray(tree)
    ? tree
    : tree instanceof Members
      ? tree.entries.map(([, value]) => value)
      : [];
  return inner.reduce<number>((sum, child) => sum + count(child), 1);
}
