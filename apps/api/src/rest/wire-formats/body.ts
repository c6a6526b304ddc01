import { isJsonObject, RosterError, type JsonObject } from "@roster/domain";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { readJson } from "../body.ts";
import { cutShort } from "../limits.ts";
import type { ContentType } from "./wire-format.ts";

/**
 * Reads the body of a request by its content type.
 *
 * @param accepts the content types of the format
 * @returns the JSON object that it stands for
 * @throws RosterError UNSUPPORTED_MEDIA_TYPE or MALFORMED
 */
export async function readBody(request: Request, accepts: readonly ContentType[]): Promise<JsonObject> {
  const coding = request.headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    throw new RosterError("UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed");
  }
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
  const text = decode(await bytesOf(request));
  if (text === "") throw new RosterError("MALFORMED", "the body is empty");
  const body = readers[accepted](text);
  if (!isJsonObject(body)) throw new RosterError("MALFORMED", "the body must be an object with named fields");
  return body;
}

const bytesOf = (request: Request): Promise<ArrayBuffer> =>
  request.arrayBuffer().catch(() => {
    throw cutShort;
  });

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

/** A form as browsers send it. Unlike theirs, this reader never puts U+FFFD for what it cannot decode. */
function readForm(text: string): unknown {
  const values = new Map<string, string[]>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [name = "", ...rest] = pair.split("=");
    const key = decodePart(name);
    const value = decodePart(rest.join("="));
    const others = values.get(key);
    if (others) others.push(value);
    else values.set(key, [value]);
  }
  // A name that comes twice is a list, which no field of a form takes.
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]));
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new RosterError("MALFORMED", "the form has a % that does not begin a byte of UTF-8");
  }
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** XML's five entities and its character references; nothing else, whatever the document declares. */
const entityDecoder = {
  decode: (text: string): string =>
    text.replaceAll(/&([^;]*);?/g, (written, name: string) => {
      const digits = /^&#(?:(\d{1,7})|x([\da-f]{1,6}));$/i.exec(written);
      const point = digits ? (digits[1] ? Number(digits[1]) : Number.parseInt(digits[2] ?? "", 16)) : NaN;
      const character = isCharacter(point)
        ? String.fromCodePoint(point)
        : written.endsWith(";") && Object.hasOwn(entities, name)
          ? entities[name]
          : undefined;
      if (character === undefined)
        throw new RosterError("MALFORMED", "the XML has an entity that is not one of the five of XML itself");
      return character;
    }),
  /** Called by the parser when it comes upon a DTD, wherever that is. */
  addInputEntities(): never {
    throw new RosterError("MALFORMED", "document type definitions are not allowed in XML");
  },
  setExternalEntities() {},
  setXmlVersion() {},
  reset() {},
};

/** XML 1.0, production 2. */
const isCharacter = (point: number): boolean =>
  [0x9, 0xa, 0xd].includes(point) ||
  (point >= 0x20 && point <= 0xd7ff) ||
  (point >= 0xe000 && point <= 0xfffd) ||
  (point >= 0x1_0000 && point <= 0x10_ffff);

const xml = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  entityDecoder,
});

/** The children of the root `<item>`, each as text. */
function readXml(text: string): unknown {
  if (XMLValidator.validate(text) !== true)
    throw new RosterError("MALFORMED", "the body is not well-formed XML");
  let document: Record<string, unknown>;
  try {
    document = xml.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw error instanceof RosterError
      ? error
      : new RosterError("MALFORMED", "the body is not XML that can be read");
  }
  const roots = Object.keys(document);
  if (roots.length !== 1 || roots[0] !== "item")
    throw new RosterError("MALFORMED", "the root of the XML must be <item>");
  const item = document["item"];
  return item === "" ? {} : item;
}
