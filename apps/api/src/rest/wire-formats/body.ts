import { isJsonObject, RosterError, type Fault, type JsonObject } from "@roster/domain";
import { readJson, readText } from "../body.ts";
import { readForm } from "./form.ts";
import type { ContentType } from "./wire-format.ts";
import { readXml } from "./xml.ts";

/** A parsed body as a JSON object, with the faults found while parsing. */
export interface ReadBody {
  body: JsonObject;
  faults: Fault[];
}

/**
 * Parses the body of a request by its content type.
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
  // The documented sample sends JSON under this type, but clients send real forms too.
  "application/x-www-form-urlencoded": (text) => (/^\s*[{[]/.test(text) ? readObject(text) : readForm(text)),
};

function readObject(text: string): ReadBody {
  const body = readJson(text);
  if (!isJsonObject(body)) throw new RosterError("MALFORMED", "the body must be an object with named fields");
  return { body, faults: [] };
}
