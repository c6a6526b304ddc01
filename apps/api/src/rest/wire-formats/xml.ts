import { pointer, RosterError, type Fault, type JsonObject, type JsonValue } from "@roster/domain";
import { SaxesParser } from "saxes";

/** Maximum number of elements and attributes in a document. No format has a hundred fields. */
const maxParts = 1_000;

/**
 * Parses an XML 1.0 document in UTF-8 with the root `<item>`.
 *
 * Text is kept as XML defines it: untrimmed, without comments and processing instructions. Namespace
 * declarations are ignored; anything else but text in an element is a fault.
 *
 * @returns the children of the root by name, as text
 * @throws RosterError MALFORMED
 */
export function readXml(document: string): { body: JsonObject; faults: Fault[] } {
  // Without namespace processing, a prefix is part of a name.
  const parser = new SaxesParser({ forceXMLVersion: true, defaultXMLVersion: "1.0" });
  const values = new Map<string, JsonValue>();
  const faults: Fault[] = [];
  /** The open elements, root first. */
  const path: string[] = [];
  let text = "";
  let parts = 0;
  const count = () => {
    if (++parts > maxParts) throw malformed(`has more than ${maxParts} elements and attributes`);
  };
  const isField = () => path.length === 2;

  parser.on("xmldecl", ({ encoding }) => {
    if (encoding !== undefined && encoding.toLowerCase() !== "utf-8") {
      throw malformed("declares another encoding than UTF-8");
    }
  });
  parser.on("doctype", () => {
    throw malformed("has a document type definition, which is not allowed");
  });
  parser.on("opentagstart", ({ name }) => {
    count();
    if (path.length === 0 && name !== "item") throw malformed("has another root than <item>");
    if (isField()) faults.push(notText(path, "must be a text, without elements in it"));
    path.push(name);
    if (isField()) text = "";
  });
  parser.on("attribute", ({ name }) => {
    count();
    if (name === "xmlns" || name.startsWith("xmlns:") || path.length > 2) return;
    const at = pointer(...path.slice(1), `@${name}`);
    faults.push({ pointer: at, code: "unknown_field", message: "attributes are not allowed here" });
  });
  const append = (piece: string) => {
    if (isField()) text += piece;
    else if (path.length === 1 && /[^ \t\n\r]/.test(piece)) {
      throw malformed("has text in <item> beside its elements");
    }
  };
  parser.on("text", append);
  parser.on("cdata", append);
  parser.on("closetag", ({ name }) => {
    if (isField()) {
      if (values.has(name)) faults.push(notText(path, "is given more than once"));
      values.set(name, text);
    }
    path.pop();
  });
  try {
    parser.write(document).close();
  } catch (error) {
    if (error instanceof RosterError) throw error;
    throw malformed(`is not well-formed at line ${parser.line}, column ${parser.column}`);
  }
  return { body: Object.fromEntries(values), faults };
}

const malformed = (what: string): RosterError => new RosterError("MALFORMED", `the XML ${what}`);

const notText = ([, ...path]: readonly string[], message: string): Fault => ({
  pointer: pointer(...path),
  code: "invalid_type",
  message,
});
