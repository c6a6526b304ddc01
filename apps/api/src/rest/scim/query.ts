import { isJsonObject, type ExpectedVersion } from "@roster/domain";
import type { ListQuery } from "../../scim/search.ts";
import { ScimError } from "../../scim/scim-error.ts";
import { pairsIn, queryIn } from "../pairs.ts";
import type { Projection } from "./projection.ts";

/** The parameters of a request outside its body: of a list, the attributes to show, the accepted versions. */

const defaultCount = 100;
export const maxResults = 1_000;

/** The parameters of a list or of an answer, by their names in lower case. */
export type Parameters = ReadonlyMap<string, string | readonly string[] | number>;

/** The parameters of a URL. @throws ScimError invalidSyntax if it is not percent-encoded UTF-8 */
export const urlParameters = (url: string): Parameters =>
  new Map(pairsIn(queryIn(url), malformed).map(([name, text]) => [name.toLowerCase(), text]));

const malformed = (what: string): ScimError => new ScimError("invalidSyntax", `the query ${what}`);

/** The parameters of a search request (RFC 7644, section 3.4.3). @throws ScimError invalidSyntax */
export function bodyParameters(body: unknown): Parameters {
  if (!isJsonObject(body)) throw new ScimError("invalidSyntax", "the body must be a search request");
  return new Map(
    Object.entries(body).flatMap(([name, value]) => {
      if (value === null || name.toLowerCase() === "schemas") return [];
      const fits =
        typeof value === "string" ||
        typeof value === "number" ||
        (Array.isArray(value) && value.every((one) => typeof one === "string"));
      if (!fits) throw new ScimError("invalidSyntax", `${name} must be a text, a number or a list of texts`);
      return [[name.toLowerCase(), value as string]];
    }),
  );
}

/** The list that is asked for. @throws ScimError invalidValue, invalidFilter */
export function listQueryOf(parameters: Parameters): ListQuery {
  const filter = textOf(parameters, "filter");
  if (filter?.trim() === "") throw new ScimError("invalidFilter", "the filter is empty");
  const order = textOf(parameters, "sortorder")?.toLowerCase() ?? "ascending";
  if (order !== "ascending" && order !== "descending")
    throw new ScimError("invalidValue", "sortOrder must be ascending or descending");
  const sortBy = textOf(parameters, "sortby");
  return {
    filter,
    sortBy: sortBy === "" ? undefined : sortBy,
    descending: order === "descending",
    startIndex: Math.max(1, numberOf(parameters, "startindex") ?? 1),
    count: Math.min(maxResults, Math.max(0, numberOf(parameters, "count") ?? defaultCount)),
  };
}

function textOf(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  if (value === undefined || typeof value === "string") return value;
  throw new ScimError("invalidValue", `${name} must be a text`);
}

function numberOf(parameters: Parameters, name: string): number | undefined {
  const value = parameters.get(name);
  if (value === undefined || value === "") return undefined;
  const number = typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value;
  if (Number.isSafeInteger(number)) return number as number;
  throw new ScimError("invalidValue", `${name} must be a whole number`);
}

/** The attributes that are asked for. */
export const projectionOf = (parameters: Parameters): Projection => ({
  attributes: namesOf(parameters, "attributes"),
  excludedAttributes: namesOf(parameters, "excludedattributes"),
});

function namesOf(parameters: Parameters, name: string): string[] {
  const value = parameters.get(name) ?? [];
  const names =
    typeof value === "string" ? value.split(",") : typeof value === "number" ? [String(value)] : value;
  return names.map((one) => one.trim()).filter((one) => one !== "");
}

/** The versions that `If-Match` accepts, of weak tags, too; undefined for any. */
export const expectedBy = (tags: string | undefined): ExpectedVersion | undefined =>
  tags === undefined || tags.trim() === "*" ? undefined : versionsIn(tags);

/** The versions that entity tags name. */
export const versionsIn = (tags: string): number[] =>
  [...tags.matchAll(/(?:W\/)?"(\d{1,15})"|(?<![\w"])(\d{1,15})(?![\w"])/g)].map(([, quoted, bare]) =>
    Number(quoted ?? bare),
  );
