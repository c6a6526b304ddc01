import { fieldsWhere, userFields, userGroupFields, type Field, type Fields } from "@roster/domain";

/** The schemas of SCIM resources (RFC 7643): what attributes there are, and how their values are compared. */

export const urns = {
  user: "urn:ietf:params:scim:schemas:core:2.0:User",
  group: "urn:ietf:params:scim:schemas:core:2.0:Group",
  enterprise: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
} as const;

type Type = "string" | "boolean" | "integer" | "dateTime" | "reference" | "binary" | "complex";

export interface Attribute {
  name: string;
  type: Type;
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact: boolean;
  mutability: "readOnly" | "readWrite" | "immutable" | "writeOnly";
  returned: "always" | "never" | "default" | "request";
  uniqueness: "none" | "server" | "global";
  canonicalValues?: readonly string[];
  referenceTypes?: readonly string[];
  subAttributes?: readonly Attribute[];
}

type More = Partial<Omit<Attribute, "name" | "type" | "description">>;

export const attribute =
  (type: Type) =>
  (name: string, description: string, more: More = {}): Attribute => ({
    name,
    type,
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: "readWrite",
    returned: "default",
    uniqueness: "none",
    ...more,
  });
const text = attribute("string");
const flag = attribute("boolean");
const instant = attribute("dateTime");
const binary = attribute("binary");
const reference = (name: string, description: string, referenceTypes: readonly string[], more: More = {}) =>
  attribute("reference")(name, description, { caseExact: true, referenceTypes, ...more });
const complex = (name: string, description: string, subAttributes: readonly Attribute[], more: More = {}) =>
  attribute("complex")(name, description, { subAttributes, ...more });

const readOnly = { mutability: "readOnly" } as const;

/** A list of values, each with a type and a flag of the primary one (RFC 7643, section 2.4). */
const plural = (name: string, description: string, value: Attribute, types: readonly string[] = []) =>
  complex(
    name,
    description,
    [
      value,
      text("display", "The value in words."),
      text("type", "The use of the value.", types.length > 0 ? { canonicalValues: types } : {}),
      flag("primary", "Whether it is the preferred value; at most one is."),
    ],
    { multiValued: true },
  );

const common = (fields: Fields): Attribute[] => [
  text("id", "Roster's id of the resource.", {
    ...readOnly,
    caseExact: true,
    returned: "always",
    uniqueness: "server",
  }),
  text("externalId", fields["externalId"]?.description ?? "", { caseExact: true }),
];

const meta = complex(
  "meta",
  "When the resource was created and changed, where it is, and its version.",
  [
    text("resourceType", "The type of the resource.", { ...readOnly, caseExact: true }),
    instant("created", "When the resource was created.", readOnly),
    instant("lastModified", "When the resource was last changed.", readOnly),
    reference("location", "The address of the resource.", ["uri"], readOnly),
    text("version", "The version, as an entity tag.", { ...readOnly, caseExact: true }),
  ],
  readOnly,
);

const places = ["work", "home", "other"];

const userAttributes: readonly Attribute[] = [
  ...common(userFields),
  text("userName", userFields.username.description, { required: true, uniqueness: "server" }),
  complex("name", "The parts of the name.", [
    text("formatted", "The whole name."),
    text("familyName", userFields.lastName.description),
    text("givenName", userFields.firstName.description),
    text("middleName", "The middle names."),
    text("honorificPrefix", "The titles before the name."),
    text("honorificSuffix", "The titles after the name."),
  ]),
  text("displayName", userFields.displayName.description),
  text("nickName", userFields.nickName.description),
  reference("profileUrl", "The address of a page about the user.", ["external"]),
  text("title", userFields.title.description),
  text("userType", userFields.userType.description),
  text("preferredLanguage", "The preferred languages, such as `en-US`."),
  text("locale", userFields.locale.description),
  text("timezone", userFields.timezone.description),
  flag("active", userFields.active.description),
  text("password", "Accepted and dropped: Roster keeps no passwords.", {
    mutability: "writeOnly",
    returned: "never",
    caseExact: true,
  }),
  plural("emails", "The email addresses.", text("value", "The address."), places),
  plural("phoneNumbers", "The phone numbers.", text("value", "The number."), [
    "work",
    "home",
    "mobile",
    "fax",
    "pager",
    "other",
  ]),
  plural("ims", "The addresses for instant messages.", text("value", "The address.")),
  plural("photos", "The pictures.", reference("value", "The address of the picture.", ["external"]), [
    "photo",
    "thumbnail",
  ]),
  complex(
    "addresses",
    "The postal addresses.",
    [
      text("formatted", "The whole address."),
      text("streetAddress", "The street, the house and the like."),
      text("locality", "The city."),
      text("region", "The state or region."),
      text("postalCode", "The postal code."),
      text("country", "The country."),
      text("type", "The use of the address.", { canonicalValues: places }),
      flag("primary", "Whether it is the preferred address; at most one is."),
    ],
    { multiValued: true },
  ),
  complex(
    "groups",
    "The groups that the user is a member of. Changed through the groups.",
    [
      text("value", "The id of the group.", { ...readOnly, caseExact: true }),
      reference("$ref", "The address of the group.", ["Group"], readOnly),
      text("display", "The name of the group.", readOnly),
      text("type", "How the user is a member.", { ...readOnly, canonicalValues: ["direct"] }),
    ],
    { ...readOnly, multiValued: true },
  ),
  plural("entitlements", "What the user may have.", text("value", "The entitlement.")),
  plural("roles", "The roles of the user.", text("value", "The role.")),
  plural("x509Certificates", "The certificates.", binary("value", "The certificate.", { caseExact: true })),
];

const groupAttributes: readonly Attribute[] = [
  ...common(userGroupFields),
  text("displayName", userGroupFields.displayName.description, { required: true }),
  complex(
    "members",
    "The users and groups that are members.",
    [
      text("value", "The id of the member.", { mutability: "immutable", caseExact: true }),
      reference("$ref", "The address of the member.", ["User", "Group"], { mutability: "immutable" }),
      text("type", "The type of the member.", {
        mutability: "immutable",
        canonicalValues: ["User", "Group"],
      }),
      text("display", "The name of the member.", readOnly),
    ],
    { multiValued: true },
  ),
];

const enterpriseAttributes: readonly Attribute[] = [
  text("employeeNumber", "The number of the employee."),
  text("costCenter", "The cost center."),
  text("organization", userFields.organization.description),
  text("division", "The division."),
  text("department", "The department."),
  complex("manager", "The manager.", [
    text("value", "The id of the manager.", { caseExact: true }),
    reference("$ref", "The address of the manager.", ["User"]),
    text("displayName", "The name of the manager.", readOnly),
  ]),
];

/** A named set of attributes. */
export interface Schema {
  id: string;
  name: string;
  description: string;
  attributes: readonly Attribute[];
}

const userSchema: Schema = {
  id: urns.user,
  name: "User",
  description: "User Account",
  attributes: userAttributes,
};
const groupSchema: Schema = {
  id: urns.group,
  name: "Group",
  description: "Group",
  attributes: groupAttributes,
};
const enterpriseSchema: Schema = {
  id: urns.enterprise,
  name: "EnterpriseUser",
  description: "Enterprise User",
  attributes: enterpriseAttributes,
};
export const schemas: readonly Schema[] = [userSchema, groupSchema, enterpriseSchema];

/** A type of resource. Its name is that of its core schema. */
export interface ResourceType {
  endpoint: "/Users" | "/Groups";
  core: Schema;
  extensions: readonly Schema[];
}
export const userType: ResourceType = {
  endpoint: "/Users",
  core: userSchema,
  extensions: [enterpriseSchema],
};
export const groupType: ResourceType = { endpoint: "/Groups", core: groupSchema, extensions: [] };

/** Attributes that every resource has, though no schema lists them. */
const implied: readonly Attribute[] = [
  meta,
  text("schemas", "The schemas of the resource.", {
    ...readOnly,
    multiValued: true,
    returned: "always",
    caseExact: true,
  }),
];

const byName = (attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> =>
  new Map(attributes.map((one) => [one.name.toLowerCase(), one]));
const known = new WeakMap<readonly Attribute[], ReadonlyMap<string, Attribute>>();

/** An attribute by its name in any case. */
export function attributeIn(attributes: readonly Attribute[], name: string): Attribute | undefined {
  let names = known.get(attributes);
  if (!names) known.set(attributes, (names = byName(attributes)));
  return names.get(name.toLowerCase());
}

/** An attribute of the core schema of a type, or one that every resource has. */
export const coreAttribute = (type: ResourceType, name: string): Attribute | undefined =>
  attributeIn(type.core.attributes, name) ?? attributeIn(implied, name);

/** A field of a record whose value is that of one attribute without parts. */
export interface Mapped {
  field: string;
  policy: Field;
  /** The URN of the extension, if it is not in the core schema; the attribute; its sub-attribute. */
  place: readonly string[];
}

/** The attributes that are made from several fields or by rules of their own. */
const composed = new Set(["emails", "phoneNumbers", "members"]);

/** The fields of a record that SCIM shows as they are, from the field policy. */
export const mappedFields = (fields: Fields): Mapped[] =>
  fieldsWhere(fields, ({ scim }) => scim !== undefined && !composed.has(scim)).map((field) => {
    const policy = fields[field] as Field;
    const scim = policy.scim as string;
    const extension = scim.startsWith("urn:") ? scim.lastIndexOf(":") : 0;
    const place = extension > 0 ? [scim.slice(0, extension), scim.slice(extension + 1)] : scim.split(".");
    return { field, policy, place };
  });
