import { recordTypes, type Field, type Fields, type RecordType } from "@roster/domain";
import * as fc from "fast-check";
import { plainText } from "./hostile.ts";
import { customerIds, userIds } from "./names.ts";
import { oddValue } from "./odd-values.ts";
import { ofSchema, someOf, valuesOf } from "./plausible.ts";
import { pointersInto, usualPointers } from "./pointers.ts";
import { Members, members, type Tree } from "./tree.ts";

type Parts = Readonly<Record<string, fc.Arbitrary<Tree>>>;

/**
 * What a procedure's input is made of, by the name of its verb and the policy of its noun.
 * @param odd fields may have values of any kind, and pointers lead anywhere
 */
export function inputOf(path: string, odd = false): fc.Arbitrary<Tree> {
  const [noun = "", verb = ""] = path.split(".");
  const fields: Fields = Object.hasOwn(recordTypes, noun)
    ? recordTypes[noun as RecordType]
    : recordTypes.customer;
  const ofFields = (all: Fields, test: (field: Field) => unknown): Record<string, fc.Arbitrary<Tree>> => {
    const usual = valuesOf(all, test);
    if (!odd) return usual;
    return Object.fromEntries(
      Object.entries(usual).map(([name, value]) => [
        name,
        fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: oddValue }),
      ]),
    );
  };
  const writable = ofFields(fields, ({ access }) => access === "write");
  const existing = fc
    .constantFrom(...(noun === "user" ? userIds : customerIds))
    .map((id): Tree => members({ id }));
  const where = oneOf(ofFields(fields, ({ unique }) => unique));
  const options: Parts = {
    expectedVersion: version,
    onConflict: fc.constantFrom("reject", "rebase"),
    reason: plainText,
    dryRun: fc.boolean(),
    idempotencyKey,
  };
  const blocks: Parts = {
    patch: someOf(writable),
    replace: someOf(ofFields(fields, ({ kind }) => kind === "json")),
    add: someOf(ofFields(fields, isSet)),
    remove: someOf(ofFields(fields, isSet)),
  };
  const page: Parts = { limit: fc.integer({ min: 1, max: 200 }) };
  const ending: Parts = { reason: plainText, idempotencyKey };
  // Or there would soon be nobody left.
  const expendable = oneOf({
    id: fc.constantFrom(noun === "user" ? "@@user2@@" : "@@customer4@@"),
    number: fc.integer({ min: 6, max: 60 }),
  });
  const update = all({ where }, { ...blocks, ...options });
  switch (verb) {
    case "create":
      return noun === "token"
        ? all({ scopes: fc.constantFrom<Tree>(["customers:read"], ["users:read"]) }, writable)
        : all({ name: plainText }, noun === "customer" ? writable : {}).chain((named) =>
            noun === "user" ? someOf(writable) : fc.constant(named),
          );
    case "update":
      return noun === "tenant" ? all({}, { patch: someOf(writable), ...options }) : update;
    case "upsert":
      return update;
    case "updateMany":
      return all(
        { items: fc.array(update, { minLength: 1, maxLength: 5 }) },
        { mode: fc.constantFrom("atomic", "independent"), reason: plainText, dryRun: fc.boolean() },
      );
    case "list":
      if (noun !== "customer" && noun !== "user") return all({}, page);
      return all(
        {},
        {
          ...page,
          cursor: fc.constant("@@cursor@@"),
          sort: fc.constantFrom("createdAt", "updatedAt", "name"),
          order: fc.constantFrom("asc", "desc"),
          filter: someOf({
            email: ofSchema({ type: "string" }, {}, "email"),
            namePrefix: plainText,
            ...(noun === "customer"
              ? { groupTag: ofSchema({ type: "string" }, {}, "groupTag"), stripeCustomerId: plainText }
              : { customer: ofSchema({ type: "string" }, {}, "customer") }),
            changedSince: fc.constant("2024-01-01T00:00:00Z"),
            deleted: fc.constantFrom<Tree>(true, false, "any"),
          }),
        },
      );
    case "get":
      return all({ where }, { deleted: fc.boolean() });
    case "history":
      return all({ where }, page);
    case "at":
      return fc.oneof(
        all({ where, version }, {}),
        all({ where, at: fc.constantFrom("2024-01-01T00:00:00Z", "2100-01-01T00:00:00Z") }, {}),
      );
    case "diff":
      return all({ where, from: version, to: version }, {});
    case "export":
      return all({ where }, {});
    case "revert":
      return odd
        ? all(
            { where: fc.oneof(existing, where), to: version, field: pointersInto(fields) },
            { reason: plainText },
          )
        : all({ where, to: version }, { field: usualPointers(fields), ...options });
    case "delete":
    case "erase":
      return all({ where: expendable }, ending);
    case "restore":
    case "unmerge":
      return all({ where }, ending);
    case "merge":
      return all(
        { where: expendable, into: where },
        {
          prefer: odd
            ? fc.dictionary(pointersInto(fields), fc.constantFrom("from", "into", "x")).map(members)
            : fc.constantFrom(members({}), members({ name: "from" })),
          reason: plainText,
          dryRun: fc.boolean(),
        },
      );
    case "replaceAll":
      return all({ levels: fc.shuffledSubarray(["Group", "Company", "Site", "Desk"]) }, {});
    case "setPropertiesSchema":
      return all({ schema: schemas }, { dryRun: fc.boolean(), acceptMisfits: fc.boolean() });
    default:
      // Also of a procedure that is newer than this list.
      return all({ where }, { ...page, ...options, deleted: fc.boolean() });
  }
}

const idempotencyKey = fc.integer({ min: 1, max: 500 }).map((n) => `key-${n}`);
const version = fc.integer({ min: 1, max: 5 });
const isSet = ({ kind, access }: Field): boolean => kind === "set" && access === "write";

const schemas: fc.Arbitrary<Tree> = fc.constantFrom<Tree>(
  null,
  members({ type: "object" }),
  members({ properties: members({ plan: members({ enum: ["free"] }) }) }),
  members({ $ref: "#/$defs/a", $defs: members({ a: members({ pattern: "^(a+)+$" }) }) }),
);

/** An object with just one of these members. */
const oneOf = (parts: Parts): fc.Arbitrary<Tree> =>
  fc.oneof(...Object.entries(parts).map(([name, value]) => value.map((one) => members({ [name]: one }))));

/** An object with all of the first members and some of the second. */
const all = (needed: Parts, optional: Parts): fc.Arbitrary<Members> =>
  fc
    .tuple(fc.record(needed), someOf(optional))
    .map(([first, second]) => new Members([...Object.entries(first), ...second.entries]));
