import type { JsonObject, JsonValue } from "@roster/domain";
import type { Random } from "../guarantees/random.ts";

/**
 * Random values of fields: few enough that records meet in them, in several spellings, and now and then one
 * that no other record has.
 */

/** What values can refer to. */
export interface Names {
  /** Live customers by their ids and own ids. */
  customers: readonly string[];
  /** The numbers of users. */
  users: readonly number[];
  groupTags: readonly string[];
  accessGroups: readonly string[];
  channels: readonly number[];
  levels: readonly string[];
  /** A text that no record has had yet. */
  mark(): string;
}

type Make = (random: Random, names: Names) => JsonValue;

const oneOf =
  (...values: JsonValue[]): Make =>
  ({ pick }) =>
    pick(values);
const named =
  (list: keyof Omit<Names, "mark">): Make =>
  ({ pick }, names) =>
    names[list].length === 0 ? null : pick<string | number>(names[list]);
const mark: Make = (_random, names) => names.mark();
const orMark =
  (...values: JsonValue[]): Make =>
  ({ chance, pick }, names) =>
    chance(0.3) ? names.mark() : pick(values);

const people = [
  "Ann",
  "ann",
  "Ánn",
  "Bo",
  "Straße",
  "STRASSE",
  "İda",
  "Ann Lee",
  "",
  "😀 x",
  "zoë",
  "Zoe\u0308",
];
const emails = [
  "a@x.example",
  "A@X.example",
  "b@x.example",
  "c@bücher.example",
  "c@xn--bcher-kva.example",
  "d@y.example",
];
const phones = ["+442079460182", "+44 20 7946 0183", "00442079460184", "+12015550123", "tel:+1-201-555-0124"];
const phonesAsWritten = ["020 7946 0182", "+44 20 7946 0183", "extension 7", "+12015550123"];
const countries = ["DE", "FR", "United Kingdom", "CHE", "276"];
const countriesAsWritten = ["Germany", "Allemagne", "the moon", "UK", "FR"];
const dates = ["1980-02-29", "1985-12-31", "1990-01-01"];
const instants = ["1999-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "1985-04-12T23:20:50.52+02:00"];
const numbers = [0, -1, 5, 5.5, 1e21, 12];
const scalars: JsonValue[] = ["free", "pro", "Pro", "", "5", true, false, null, ...numbers];

/** Properties: few keys, so that patches meet, and nested ones. */
const properties: Make = (random, names) => {
  const { chance, pick } = random;
  const made: JsonObject = {};
  if (chance(0.6)) made["plan"] = pick(["free", "pro", "max", null]);
  if (chance(0.5)) made["seats"] = pick([1, 5, 5.5, 40, null]);
  if (chance(0.4))
    made["address"] = chance(0.2)
      ? pick(scalars)
      : { city: pick(["Lyon", "lyon", "Bern", null]), zip: pick(scalars) };
  if (chance(0.3)) made["list"] = [pick(scalars), pick(scalars), { deep: pick(scalars) }];
  if (chance(0.3)) made["note"] = names.mark();
  if (chance(0.1)) made[names.mark()] = pick(scalars);
  if (chance(0.2)) made[pick(["a/b", "a~b", "", "a.b", "10", "2"])] = pick(scalars);
  return made;
};

const mapping: Make = ({ chance, pick }, names) => ({
  ...(chance(0.7) && { "40": pick(["213", "214", null]) }),
  ...(chance(0.4) && { main: { source: names.mark() } }),
});

const nullable =
  (make: Make, share = 0.15): Make =>
  (random, names) =>
    random.chance(share) ? null : make(random, names);

const someOf =
  (list: (names: Names) => readonly string[], most: number): Make =>
  ({ below, pick }, names) => {
    const all = list(names);
    if (all.length === 0) return [];
    return [...new Set(Array.from({ length: below(most + 1) }, () => pick(all)))];
  };

export const sets: Record<string, Make> = {
  emails: someOf(() => emails, 3),
  groupTags: someOf(({ groupTags }) => groupTags, 3),
};

export const objects: Record<string, Make> = { properties, mapping };

/** The writable fields of customers. */
const customer: Record<string, Make> = {
  providedId: nullable(oneOf("p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "é", "e\u0301"), 0.1),
  referenceId: nullable(oneOf("r0", "r1", "r2", "r3", "r4", "r5"), 0.1),
  uuid: nullable(mark),
  ssoId: nullable(oneOf("s0", "s1")),
  stripeCustomerId: nullable(mark),
  name: nullable(orMark(...people)),
  firstName: nullable(orMark(...people)),
  lastName: nullable(orMark(...people)),
  email: nullable(oneOf(...emails)),
  emails: sets["emails"] as Make,
  phone: nullable(oneOf(...phones)),
  phoneAsWritten: nullable(oneOf(...phonesAsWritten)),
  dateOfBirth: nullable(oneOf(...dates)),
  gender: nullable(oneOf("male", "female", "other")),
  maritalStatus: nullable(oneOf("single", "married")),
  identityNumber: nullable(mark),
  job: nullable(orMark("Guide", "guide", "Wholesale")),
  avatarUrl: nullable(mark),
  address: nullable(mark),
  addressCity: nullable(orMark("Lyon", "lyon", "Bern")),
  addressState: nullable(mark),
  addressCountry: nullable(oneOf(...countries)),
  addressCountryAsWritten: nullable(oneOf(...countriesAsWritten)),
  defaultChannelId: nullable(named("channels")),
  userId: nullable(named("users"), 0.3),
  accessGroup: nullable(named("accessGroups")),
  groupTags: sets["groupTags"] as Make,
  hierarchyLevel: nullable(named("levels"), 0.1),
  parent: nullable(named("customers"), 0.3),
  properties: nullable(properties, 0.05),
  mapping: nullable(mapping, 0.1),
  isDemo: oneOf(true, false),
  timestamp: nullable(oneOf(...instants)),
  activationDate: nullable(oneOf(...instants)),
};

/** The writable fields of users. */
const user: Record<string, Make> = {
  username: nullable(oneOf("u0", "u1", "u2", "u3", "u4", "U0", "ü", "u\u0308"), 0.1),
  active: oneOf(true, false),
  avatar: nullable(mark),
  bio: nullable(mark),
  birthday: nullable(oneOf(...dates)),
  country: nullable(oneOf(...countries)),
  countryAsWritten: nullable(oneOf(...countriesAsWritten)),
  email: nullable(oneOf(...emails)),
  firstName: nullable(orMark(...people)),
  lastName: nullable(orMark(...people)),
  lastSeen: nullable(oneOf(...instants)),
  location: nullable(mark),
  organization: nullable(orMark("Tours", "tours")),
  phone: nullable(oneOf(...phones)),
  phoneAsWritten: nullable(oneOf(...phonesAsWritten)),
  title: nullable(orMark("Guide", "guide")),
  externalId: nullable(oneOf("x0", "x1", "X1")),
  displayName: nullable(orMark(...people)),
  nickName: nullable(mark),
  locale: nullable(oneOf("en-US", "de")),
  properties: nullable(properties, 0.05),
  twitter: nullable(mark),
  customer: nullable(named("customers"), 0.3),
};

const userGroup: Record<string, Make> = {
  displayName: orMark("Staff", "staff", "Guides"),
  externalId: nullable(oneOf("g0", "g1")),
  properties: nullable(properties, 0.05),
};

export const makers = { customer, user, userGroup };

/** Values for a few fields. Fields that are often faulty together, or are none of a random patch, are the caller's. */
export function someValues(
  type: keyof typeof makers,
  random: Random,
  names: Names,
  { most, leaveOut = [] }: { most: number; leaveOut?: readonly string[] },
): JsonObject {
  const made: JsonObject = {};
  const all = Object.entries(makers[type]).filter(([name]) => !leaveOut.includes(name));
  for (let left = 1 + random.below(most); left > 0; left--) {
    const [name, make] = random.pick(all);
    made[name] = make(random, names);
  }
  // A field and its spelling contradict each other.
  for (const [name, spelling] of spellings) if (name in made) delete made[spelling];
  return made;
}

const spellings = [
  ["phone", "phoneAsWritten"],
  ["addressCountry", "addressCountryAsWritten"],
  ["country", "countryAsWritten"],
] as const;
