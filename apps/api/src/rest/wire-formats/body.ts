import {
  isJsonObject,
  pointer,
  RosterError,
  type Fault,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import { readJson, readText } from "../body.ts";
import type { ContentType } from "./wire-format.ts";
import { readXml } from "./xml.ts";

/** A body as the JSON object that it stands for, and what in it stands for nothing. */
export interface ReadBody {
  body: JsonObject;
  faults: Fault[];
}

/**
 * Reads the body of a request by its content type.
 *
 * @param accepts the content types of the format
 * @throws RosterError UNSUPPORTED_MEDIA_TYPE or MALFORMED
 */
export async function readBody(request: Request, accepts: readonly ContentType[]): Promise<ReadBody> {
  const { mediaType, text } = await readText(
    request,
    accepts.includes("application/xml") ? [...accepts, "text/xml"] : accepts,
  );
  return readers[mediaType === "text/xml" ? "application/xml" : (mediaType as ContentType)](text);
}

const readers: Record<ContentType, (text: string) => ReadBody> = {
  "application/json": readObject,
  "application/xml": readXml,
  // The documented sample sends JSON under this type, and real forms come too.
  "application/x-www-form-urlencoded": (text) => (/^\s*[{[]/.test(text) ? readObject(text) : readForm(text)),
};

function readObject(text: string): ReadBody {
  const body = readJson(text);
  if (!isJsonObject(body)) throw new RosterError("MALFORMED", "the body must be an object with named fields");
  return { body, faults: [] };
}

/** The most names in a form: no format has a hundred fields. */
const maxNames = 1_000;

/** A form as browsers send it. Unlike theirs, this reader never puts U+FFFD for what it cannot decode. */
function readForm(text: string): ReadBody {
  const values = new Map<string, JsonValue>();
  const repeated = new Set<string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [name = "", ...rest] = pair.split("=");
    const key = decodePart(name);
    if (values.has(key)) repeated.add(key);
    values.set(key, decodePart(rest.join("=")));
    if (values.size > maxNames)
      throw new RosterError("MALFORMED", `the form has more than ${maxNames} fields`);
  }
  return {
    body: Object.fromEntries(values),
    faults: [...repeated].map((name) => ({
      pointer: pointer(name),
      code: "invalid_type",
      message: "is given more than once",
    })),
  };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new RosterError("MALFORMED", "the form has a % that does not begin a byte of UTF-8");
  }
}
