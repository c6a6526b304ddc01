import {
  isJsonObject,
  jsonEqual,
  parseValue,
  pointer,
  userFields,
  type Fault,
  type JsonObject,
  type JsonValue,
  type ParsedCreate,
  type UserJson,
} from "@roster/domain";
import { mappedFields } from "./attributes.ts";
import { editsOf, sentOf, take, withFields, withSent, type Placed } from "./edits.ts";
import { isPrimary } from "./normal.ts";

/**
 * The two forms of a user: Roster's record and SCIM's resource. A field of the record has the value of one
 * attribute, as the field policy says; all else that was sent is kept as it was in `properties.scim`, and given
 * back as long as it still yields the fields that it was read into.
 */

const mapped = mappedFields(userFields);

/** The element of a list that a field of the record has the value of, and that value. */
interface Chosen {
  element: JsonObject;
  value: string;
}

/** Elements with a text, in the order of preference: the primary one, that for work, the first. */
const preferred = (list: JsonValue | undefined): JsonObject[] => {
  const elements = (Array.isArray(list) ? list : []).filter(
    (one): one is JsonObject => isJsonObject(one) && typeof one["value"] === "string",
  );
  const rank = (one: JsonObject) => (isPrimary(one) ? 0 : one["type"] === "work" ? 1 : 2);
  return elements.toSorted((a, b) => rank(a) - rank(b));
};

/** The first of these that is an email address, in its stored form. */
function chosenEmail(list: JsonValue | undefined): Chosen | undefined {
  for (const element of preferred(list)) {
    const value = parseValue(userFields.email, element["value"], "", []);
    if (typeof value === "string") return { element, value };
  }
  return undefined;
}

function chosenPhone(list: JsonValue | undefined): Chosen | undefined {
  const [element] = preferred(list).filter(({ value }) => value !== "");
  return element && { element, value: element["value"] as string };
}

/** A list as it was sent, if it yields the value of the field; otherwise with that value in its place. */
function shownList(
  sent: JsonValue | undefined,
  chosen: Chosen | undefined,
  value: string | null,
): JsonValue[] | undefined {
  const list = Array.isArray(sent) ? sent : [];
  const shown =
    (chosen?.value ?? null) === value
      ? list
      : value === null
        ? list.filter((one) => one !== chosen?.element)
        : chosen
          ? list.map((one) => (one === chosen.element ? { ...chosen.element, value } : one))
          : [...list, { value, type: "work", ...(list.some(isPrimary) ? {} : { primary: true }) }];
  return shown.length > 0 ? shown : undefined;
}

/** The writable attributes of a user, in canonical form. */
export function userResource(user: UserJson): JsonObject {
  const { emails, phoneNumbers, ...others } = sentOf(user);
  const resource = withFields(structuredClone(others), mapped, user);
  resource["userName"] ??= user.id;
  const mails = shownList(emails, chosenEmail(emails), user.email);
  if (mails) resource["emails"] = mails;
  const phones = shownList(phoneNumbers, chosenPhone(phoneNumbers), user.phoneAsWritten ?? user.phone);
  if (phones) resource["phoneNumbers"] = phones;
  return resource;
}

/**
 * The edits that set a user to the state of a resource. Attributes that the resource lacks are cleared,
 * except `active`.
 *
 * @param resource the writable attributes, in normal form
 * @param current the user that is updated; undefined for a new one
 */
export function userEdits(resource: JsonObject, current: UserJson | undefined): ParsedCreate {
  const values: Placed[] = [];
  const missing: Fault[] = [];
  if (current && jsonEqual(resource, userResource(current))) return { edits: [], faults: [] };
  const edit = (field: string, value: JsonValue, at: string) => values.push({ field, value, at });

  const sent = structuredClone(resource);
  for (const { field, place } of mapped) {
    const value = take(sent, place);
    if (field === "active" && value === null) continue;
    // A user without a username is shown with its id in its place.
    if (field === "username" && current?.username === null && value === current.id) continue;
    if (field === "username" && value === null)
      missing.push({ pointer: "/userName", code: "required", message: "must have a value" });
    else edit(field, value, pointer(...place));
  }
  edit("email", chosenEmail(sent["emails"])?.value ?? null, "/emails");
  const phone = chosenPhone(sent["phoneNumbers"])?.value;
  // A written number also sets the E.164 number, and the absence of a number clears both.
  if (phone === undefined) edit("phone", null, "/phoneNumbers");
  else edit("phoneAsWritten", phone, "/phoneNumbers");
  edit("properties", withSent(current?.properties ?? null, sent), "");
  const { edits, faults } = editsOf(userFields, values);
  return { edits, faults: [...missing, ...faults] };
}
