import { attributeIn, coreAttribute, urns, type Attribute, type ResourceType } from "./attributes.ts";

/** The place of a value in a resource, in canonical names. */
export interface Path {
  /** The URN of the extension; undefined for the core schema. */
  urn?: string | undefined;
  /** The attribute; missing if the path names a whole extension. */
  name?: string | undefined;
  sub?: string | undefined;
  /** The definition of the attribute, and of its sub-attribute; undefined where no schema has it. */
  attribute?: Attribute | undefined;
  subAttribute?: Attribute | undefined;
}

/**
 * Reads the name of an attribute, in any case and with or without the URN of its schema
 * (RFC 7644, section 3.10).
 */
export function readPath(written: string, type: ResourceType): Path {
  const { urn, rest } = splitUrn(written, type);
  if (rest === "") return { urn };
  const dot = rest.indexOf(".");
  const [name, sub] = dot < 0 ? [rest] : [rest.slice(0, dot), rest.slice(dot + 1)];
  const extension = type.extensions.find(({ id }) => id === urn);
  const attribute =
    urn === undefined ? coreAttribute(type, name) : extension && attributeIn(extension.attributes, name);
  const subAttribute = sub === undefined ? undefined : subAttributeOf(attribute, sub);
  return { urn, name: attribute?.name ?? name, sub: subAttribute?.name ?? sub, attribute, subAttribute };
}

export const subAttributeOf = (attribute: Attribute | undefined, name: string): Attribute | undefined =>
  attribute?.subAttributes && attributeIn(attribute.subAttributes, name);

/** The extension that a path begins with, and the rest. Of an unknown one, the last part is the attribute. */
function splitUrn(written: string, type: ResourceType): { urn?: string; rest: string } {
  if (!/^urn:/i.test(written)) return { rest: written };
  for (const id of [type.core.id, ...Object.values(urns)]) {
    if (!startsWith(written, id)) continue;
    const rest = written.slice(id.length + 1);
    return id === type.core.id ? { rest } : { urn: id, rest };
  }
  const colon = written.lastIndexOf(":");
  return { urn: written.slice(0, colon), rest: written.slice(colon + 1) };
}

const startsWith = (written: string, id: string): boolean =>
  written.slice(0, id.length).toLowerCase() === id.toLowerCase() &&
  (written.length === id.length || written[id.length] === ":");

/** The canonical URN of an extension whose object has this key; undefined for any other key, such as a path. */
export function extensionKey(key: string, type: ResourceType): string | undefined {
  if (!/^urn:/i.test(key)) return undefined;
  const isPath = ({ id }: { id: string }) => key.toLowerCase().startsWith(`${id.toLowerCase()}:`);
  if (isPath(type.core) || type.extensions.some(isPath)) return undefined;
  const own = type.extensions.find(({ id }) => id.toLowerCase() === key.toLowerCase());
  return own?.id ?? key;
}
