import type { JsonObject } from "@roster/domain";
import {
  groupType,
  schemas,
  userType,
  type Attribute,
  type ResourceType,
  type Schema,
} from "../../scim/attributes.ts";
import { maxBulkOperations, maxScimBody } from "./limits.ts";
import { maxResults } from "./query.ts";

/** What this server can do, and the schemas of its resources (RFC 7644, section 4; RFC 7643, sections 5 to 7). */

const core = "urn:ietf:params:scim:schemas:core:2.0:";
const about = (type: string, location: string): JsonObject => ({ meta: { resourceType: type, location } });

export const serviceProviderConfig = (base: string): JsonObject => ({
  schemas: [`${core}ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: true, maxOperations: maxBulkOperations, maxPayloadSize: maxScimBody },
  filter: { supported: true, maxResults },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: "oauthbearertoken",
      name: "OAuth Bearer Token",
      description: "A token of Roster with the scope scim, in the header Authorization.",
      specUri: "https://www.rfc-editor.org/rfc/rfc6750",
      primary: true,
    },
  ],
  ...about("ServiceProviderConfig", `${base}/ServiceProviderConfig`),
});

const resourceType = (
  { name, endpoint, description, core: schema, extensions }: ResourceType,
  base: string,
): JsonObject => ({
  schemas: [`${core}ResourceType`],
  id: name,
  name,
  endpoint,
  description,
  schema: schema.id,
  schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
  ...about("ResourceType", `${base}/ResourceTypes/${name}`),
});

export const resourceTypes = (base: string): JsonObject[] =>
  [userType, groupType].map((type) => resourceType(type, base));

function attributeObject({ subAttributes, ...attribute }: Attribute): JsonObject {
  const { type, ...rest } = attribute;
  return {
    name: rest.name,
    type,
    multiValued: rest.multiValued,
    description: rest.description,
    required: rest.required,
    ...(type !== "boolean" &&
      type !== "integer" &&
      type !== "complex" &&
      type !== "dateTime" && { caseExact: rest.caseExact }),
    mutability: rest.mutability,
    returned: rest.returned,
    uniqueness: rest.uniqueness,
    ...(rest.canonicalValues && { canonicalValues: [...rest.canonicalValues] }),
    ...(rest.referenceTypes && { referenceTypes: [...rest.referenceTypes] }),
    ...(subAttributes && { subAttributes: subAttributes.map(attributeObject) }),
  };
}

const plainAttribute = (
  name: string,
  type: Attribute["type"],
  description: string,
  more: Partial<Attribute> = {},
): Attribute => ({
  name,
  type,
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: "readOnly",
  returned: "default",
  uniqueness: "none",
  ...more,
});

const supported = plainAttribute("supported", "boolean", "Whether it is supported.", { required: true });
const feature = (name: string, description: string, more: Attribute[] = []) =>
  plainAttribute(name, "complex", description, { required: true, subAttributes: [supported, ...more] });
const word = (name: string, description: string, more: Partial<Attribute> = {}) =>
  plainAttribute(name, "string", description, more);
const required = { required: true } as const;

/** The schemas of the resources that describe the server. */
const discovery: readonly Schema[] = [
  {
    id: `${core}ServiceProviderConfig`,
    name: "ServiceProviderConfig",
    description: "What the server can do.",
    attributes: [
      plainAttribute("documentationUri", "reference", "The address of a description.", {
        referenceTypes: ["external"],
      }),
      feature("patch", "Changes of parts of resources."),
      feature("bulk", "Many operations in one request.", [
        plainAttribute("maxOperations", "integer", "The most operations of a request.", required),
        plainAttribute("maxPayloadSize", "integer", "The most bytes of a request.", required),
      ]),
      feature("filter", "Filters of lists.", [
        plainAttribute("maxResults", "integer", "The most resources of a page.", required),
      ]),
      feature("changePassword", "Changes of passwords."),
      feature("sort", "The order of lists."),
      feature("etag", "Versions of resources as entity tags."),
      plainAttribute("authenticationSchemes", "complex", "How clients authenticate.", {
        multiValued: true,
        required: true,
        subAttributes: [
          word("type", "The kind of the scheme.", required),
          word("name", "The name of the scheme.", required),
          word("description", "The scheme in words.", required),
          plainAttribute("specUri", "reference", "The address of its specification.", {
            referenceTypes: ["external"],
          }),
          plainAttribute("primary", "boolean", "Whether it is the preferred scheme."),
        ],
      }),
    ],
  },
  {
    id: `${core}ResourceType`,
    name: "ResourceType",
    description: "A type of resources.",
    attributes: [
      word("id", "The id of the type."),
      word("name", "The name of the type.", required),
      word("description", "The type in words."),
      plainAttribute("endpoint", "reference", "Where its resources are.", {
        ...required,
        referenceTypes: ["uri"],
      }),
      plainAttribute("schema", "reference", "Its schema.", { ...required, referenceTypes: ["uri"] }),
      plainAttribute("schemaExtensions", "complex", "Its extensions.", {
        multiValued: true,
        subAttributes: [
          plainAttribute("schema", "reference", "The schema of the extension.", {
            ...required,
            referenceTypes: ["uri"],
          }),
          plainAttribute("required", "boolean", "Whether resources must have it.", required),
        ],
      }),
    ],
  },
  {
    id: `${core}Schema`,
    name: "Schema",
    description: "A schema of resources.",
    attributes: [
      word("id", "The URN of the schema.", required),
      word("name", "The name of the schema.", required),
      word("description", "The schema in words."),
      plainAttribute("attributes", "complex", "Its attributes.", {
        multiValued: true,
        required: true,
        subAttributes: [
          word("name", "The name of the attribute.", required),
          word("type", "The type of its values.", required),
          plainAttribute("multiValued", "boolean", "Whether it is a list.", required),
          word("description", "The attribute in words."),
          plainAttribute("required", "boolean", "Whether it must have a value."),
          plainAttribute("caseExact", "boolean", "Whether upper and lower case differ."),
          word("mutability", "Who sets it."),
          word("returned", "When it is returned."),
          word("uniqueness", "Within what its values are unique."),
          word("canonicalValues", "Usual values.", { multiValued: true }),
          word("referenceTypes", "What it refers to.", { multiValued: true }),
          plainAttribute("subAttributes", "complex", "Its parts.", { multiValued: true }),
        ],
      }),
    ],
  },
];

export const schemaResources = (base: string): JsonObject[] =>
  [...schemas, ...discovery].map(({ id, name, description, attributes }) => ({
    schemas: [`${core}Schema`],
    id,
    name,
    description,
    attributes: attributes.map(attributeObject),
    ...about("Schema", `${base}/Schemas/${id}`),
  }));
