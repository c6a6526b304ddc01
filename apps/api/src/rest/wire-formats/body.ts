import { RosterError } from "@roster/domain";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { ContentType } from "./wire-format.ts";

/**
 * Reads the body of a request by its content type.
 *
 * @param accepts the content types of the format
 * @returns the JSON value that it stands for
 * @throws RosterError UNSUPPORTED_MEDIA_TYPE or MALFORMED
 */
export async function readBody(request: Request, accepts: readonly ContentType[]): Promise<unknown> {
  const [type = "", ...parameters] = (request.headers.get("content-type") ?? "")
    .split(";")
    .map((part) => part.trim().toLowerCase());
  const accepted = accepts.find(
    (known) => known === type || (known === "application/xml" && type === "text/xml"),
  );
  if (!accepted) {
    throw new RosterError("UNSUPPORTED_MEDIA_TYPE", `the content type must be ${accepts.join(" or ")}`);
  }
  const charset = parameters
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") {
    throw new RosterError("UNSUPPORTED_MEDIA_TYPE", "the charset must be utf-8");
  }
  return readers[accepted](decode(await request.arrayBuffer()));
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RosterError("MALFORMED", "the body is not UTF-8");
  }
}

const readers: Record<ContentType, (text: string) => unknown> = {
  "application/json": readJson,
  "application/xml": readXml,
  // The documented sample sends JSON under this type, and real forms come too.
  "application/x-www-form-urlencoded": (text) => (/^\s*[{[]/.test(text) ? readJson(text) : readForm(text)),
};

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RosterError("MALFORMED", "the body is not JSON");
  }
}

function readForm(text: string): unknown {
  const form = new URLSearchParams(text);
  // A name that comes twice is a list, which no field of a form takes.
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

const xml = new XMLParser({
  ignoreAttributes: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  processEntities: true,
  htmlEntities: false,
});

/** The children of the root `<item>`, each as text. DTDs and entities other than XML's own five are refused. */
function readXml(text: string): unknown {
  const markup = text.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->/g, "");
  if (/<!/.test(markup))
    throw new RosterError("MALFORMED", "document type definitions are not allowed in XML");
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-f]{1,6});)/i.test(markup)) {
    throw new RosterError("MALFORMED", "the XML has an entity that is not one of the five of XML itself");
  }
  if (XMLValidator.validate(text) !== true)
    throw new RosterError("MALFORMED", "the body is not well-formed XML");
  let document: Record<string, unknown>;
  try {
    document = xml.parse(text) as Record<string, unknown>;
  } catch {
    throw new RosterError("MALFORMED", "the body is not XML that can be read");
  }
  const roots = Object.keys(document);
  if (roots.length !== 1 || roots[0] !== "item")
    throw new RosterError("MALFORMED", "the root of the XML must be <item>");
  const item = document["item"];
  return item === "" ? {} : item;
}
