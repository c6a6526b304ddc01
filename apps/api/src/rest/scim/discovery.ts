import type { JsonObject } from "@roster/domain";
import {
  attribute,
  groupType,
  schemas,
  userType,
  type Attribute,
  type Schema,
} from "../../scim/attributes.ts";
import { maxBulkOperations, maxScimBody } from "./limits.ts";
import { maxResults } from "./query.ts";

/** The features and the resource schemas of this server (RFC 7644, section 4; RFC 7643, sections 5 to 7). */

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

export const resourceTypes = (base: string): JsonObject[] =>
  [userType, groupType].map(({ endpoint, core: { id, name, description }, extensions }) => ({
    schemas: [`${core}ResourceType`],
    id: name,
    name,
    endpoint,
    description,
    schema: id,
    schemaExtensions: extensions.map((extension) => ({ schema: extension.id, required: false })),
    ...about("ResourceType", `${base}/ResourceTypes/${name}`),
  }));

/** Types whose values have no case. */
const caseless = new Set<Attribute["type"]>(["boolean", "integer", "complex", "dateTime"]);

function attributeObject({ subAttributes, ...attribute }: Attribute): JsonObject {
  const { caseExact: _, ...others } = attribute;
  return {
    ...((caseless.has(attribute.type) ? others : attribute) as unknown as JsonObject),
    ...(subAttributes && { subAttributes: subAttributes.map(attributeObject) }),
  };
}

const readOnly =
  (type: Attribute["type"]) =>
  (name: string, description: string, more: Partial<Attribute> = {}): Attribute =>
    attribute(type)(name, description, { mutability: "readOnly", ...more });
const word = readOnly("string");
const flag = readOnly("boolean");
const number = readOnly("integer");
const reference = readOnly("reference");
const complex = readOnly("complex");
const required = { required: true } as const;
const feature = (name: string, description: string, more: Attribute[] = []) =>
  complex(name, description, {
    ...required,
    subAttributes: [flag("supported", "Whether it is supported.", required), ...more],
  });

/** The schemas of the resources that describe the server. */
const discovery: readonly Schema[] = [
  {
    id: `${core}ServiceProviderConfig`,
    name: "ServiceProviderConfig",
    description: "What the server can do.",
    attributes: [
      reference("documentationUri", "The address of a description.", { referenceTypes: ["external"] }),
      feature("patch", "Changes of parts of resources."),
      feature("bulk", "Many operations in one request.", [
        number("maxOperations", "The most operations of a request.", required),
        number("maxPayloadSize", "The most bytes of a request.", required),
      ]),
      feature("filter", "Filters of lists.", [
        number("maxResults", "The most resources of a page.", required),
      ]),
      feature("changePassword", "Changes of passwords."),
      feature("sort", "The order of lists."),
      feature("etag", "Versions of resources as entity tags."),
      complex("authenticationSchemes", "How clients authenticate.", {
        multiValued: true,
        ...required,
        subAttributes: [
          word("type", "The kind of the scheme.", required),
          word("name", "The name of the scheme.", required),
          word("description", "The scheme in words.", required),
          reference("specUri", "The address of its specification.", { referenceTypes: ["external"] }),
          flag("primary", "Whether it is the preferred scheme."),
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
      reference("endpoint", "Where its resources are.", { ...required, referenceTypes: ["uri"] }),
      reference("schema", "Its schema.", { ...required, referenceTypes: ["uri"] }),
      complex("schemaExtensions", "Its extensions.", {
        multiValued: true,
        subAttributes: [
          reference("schema", "The schema of the extension.", { ...required, referenceTypes: ["uri"] }),
          flag("required", "Whether resources must have it.", required),
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
      complex("attributes", "Its attributes.", {
        multiValued: true,
        ...required,
        subAttributes: [
          word("name", "The name of the attribute.", required),
          word("type", "The type of its values.", required),
          flag("multiValued", "Whether it is a list.", required),
          word("description", "The attribute in words."),
          flag("required", "Whether it must have a value."),
          flag("caseExact", "Whether upper and lower case differ."),
          word("mutability", "Who sets it."),
          word("returned", "When it is returned."),
          word("uniqueness", "Within what its values are unique."),
          word("canonicalValues", "Usual values.", { multiValued: true }),
          word("referenceTypes", "What it refers to.", { multiValued: true }),
          complex("subAttributes", "Its parts.", { multiValued: true }),
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
