import { Members, textOf, type Tree } from "./tree.ts";

/** Encodings of values in HTTP. */

/** Percent-encodes a text, except names (`@@name@@`), which are replaced later. */
export const encoded = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0").toUpperCase()}`,
    )
    .join("")
    .replaceAll(/%40%40(\w+)%40%40/g, "@@$1@@");

const escapeXml = (text: string): string =>
  text.replaceAll(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

export function xmlOf(tree: Tree, name = "item"): string {
  const tag = /^[A-Za-z_][\w.-]*$/.test(name) ? name : "x";
  if (Array.isArray(tree)) return tree.map((item) => xmlOf(item, name)).join("");
  const inner =
    tree instanceof Members
      ? tree.entries.map(([key, value]) => xmlOf(value, key)).join("")
      : escapeXml(typeof tree === "string" ? tree : textOf(tree));
  return `<${tag}>${inner}</${tag}>`;
}

export const formOf = (tree: Tree): string =>
  tree instanceof Members
    ? tree.entries
        .map(
          ([key, value]) => `${encoded(key)}=${encoded(typeof value === "string" ? value : textOf(value))}`,
        )
        .join("&")
    : textOf(tree);
