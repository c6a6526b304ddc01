import { isJsonObject, type JsonObject } from "@roster/domain";

/** What providers have sent and no field of a record holds. It is kept as it was, in `properties.scim`. */

interface WithProperties {
  properties: JsonObject | null;
}

export function sentOf({ properties }: WithProperties): JsonObject {
  const sent = properties?.["scim"];
  return isJsonObject(sent) ? sent : {};
}

/** The properties of a record with other things sent. */
export function withSent(properties: JsonObject | null, sent: JsonObject): JsonObject | null {
  const { scim: before, ...others } = properties ?? {};
  if (Object.keys(sent).length > 0) return { ...others, scim: sent };
  return before === undefined || Object.keys(others).length > 0 ? properties && others : null;
}
