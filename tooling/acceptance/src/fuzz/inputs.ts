import {
  changeSetKinds,
  optionFields,
  recordTypes,
  viewLists,
  type ChangeWatchInput,
  type CommonFilter,
  type Field,
  type FieldName,
  type Fields,
  type ListInput,
  type RecordType,
} from "@roster/domain";
import * as fc from "fast-check";
import { changeSets, type Known } from "./known.ts";
import { oddValue } from "./odd-values.ts";
import { oneOf, someOf, type Parts, type Plausible } from "./plausible.ts";
import { pointersInto, usualPointers } from "./pointers.ts";
import type { InputMember, Procedure, Shape } from "./procedures.ts";
import type { Parameter } from "./routes.ts";
import { Members, members, type Tree } from "./tree.ts";

/** The context that generates values of an input's members. */
interface Context {
  noun: string;
  verb: string;
  fields: Fields;
  plausible: Plausible;
  known: Known;
  /** Whether fields have values of any kind, and pointers lead anywhere. */
  odd: boolean;
}
type Make = (context: Context) => fc.Arbitrary<Tree>;

/** Generates inputs of procedures from the shapes that the server reports. */
export class Inputs {
  /** All names of members that are not fields. */
  readonly words: readonly string[];
  readonly #plausible: Plausible;
  readonly #known: Known;
  readonly #described: Parts;

  /** @param parameters of the OpenAPI document's queries, which describe members of the same names */
  constructor(plausible: Plausible, known: Known, parameters: readonly Parameter[]) {
    this.#plausible = plausible;
    this.#known = known;
    this.#described = {
      ...Object.fromEntries(parameters.map(({ name, schema }) => [name, plausible.ofSchema(schema, name)])),
      ...plausible.ofFields(optionFields, () => true),
    };
    this.words = Object.keys({ ...this.#described, ...own });
  }

  /** @param odd fields may have values of any kind, and pointers lead anywhere */
  of({ path, takes }: Procedure, odd = false): fc.Arbitrary<Members> {
    const [noun = "", verb = ""] = path.split(".");
    const fields: Fields = recordTypes[noun as RecordType] ?? {};
    return this.#shaped(takes, { noun, verb, fields, plausible: this.#plausible, known: this.#known, odd });
  }

  #shaped({ required, members: all, within }: Shape, context: Context): fc.Arbitrary<Members> {
    const writable = fieldValues(context, isWritable);
    const parts = (names: readonly string[]): Parts =>
      Object.fromEntries(
        names.map((name): [string, fc.Arbitrary<Tree>] => {
          if (name === "filter" && takesAway.has(context.verb)) return [name, expendableFilter(context)];
          const inner = within[name];
          if (inner) {
            const value = this.#shaped(inner, context);
            return [name, name === "items" ? fc.array(value, { minLength: 1, maxLength: 5 }) : value];
          }
          const make = (own as Partial<Record<string, Make>>)[name];
          const value = writable[name] ?? make?.(context) ?? this.#described[name];
          if (!value)
            throw new Error(`no schema describes the member ${name} of ${context.noun}.${context.verb}`);
          return [name, value];
        }),
      );
    const strangers = this.words.filter((word) => context.odd && !all.includes(word));
    const stranger = fc.tuple(fc.constantFrom(...strangers, "x"), oddValue);
    return fc
      .tuple(
        fc.record(parts(required)),
        someOf(parts(all.filter((name) => !required.includes(name)))),
        context.odd
          ? fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.tuple(stranger))
          : fc.constant([]),
      )
      .map(([first, second, third]) => new Members([...Object.entries(first), ...second.entries, ...third]));
  }
}

const isWritable = ({ access }: Field): boolean => access === "write";

function fieldValues({ fields, plausible, odd }: Context, test: (field: Field) => unknown): Parts {
  const usual = plausible.ofFields(fields, test);
  if (!odd) return usual;
  return Object.fromEntries(
    Object.entries(usual).map(([name, value]) => [
      name,
      fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: oddValue }),
    ]),
  );
}

const changeSetId: Make = () => fc.constantFrom<Tree>(...changeSets, "none");

const customerId: Make = ({ known }) => {
  const { id = [] } = known.naming("customer");
  return fc.constantFrom<Tree>(...id, "none");
};

/** Names a record, mostly an existing one. */
const where: Make = (context) => {
  if (context.noun === "changeSet") return oneOf({ id: changeSetId(context) });
  if (context.noun === "view") return oneOf({ id: fc.constant<Tree>("none") });
  const any = fieldValues(context, ({ unique }) => unique);
  const there = context.known.naming(context.noun);
  return oneOf(
    Object.fromEntries(
      Object.entries(any).map(([name, value]) => {
        const values = there[name] ?? [];
        if (values.length === 0) return [name, value];
        const known = { weight: 5, arbitrary: fc.constantFrom<Tree>(...values) };
        return [name, fc.oneof(known, { weight: 1, arbitrary: value })];
      }),
    ),
  );
};

/** Names a record that other requests do not need, so that those stay. */
const expendable: Make = ({ known, noun }) => {
  const { id = [], number } = known.naming(noun);
  return oneOf({
    id: fc.constantFrom<Tree>(id.at(-1) ?? "none"),
    ...(number && { number: fc.integer({ min: number.length + 1, max: 60 }) }),
  });
};
const expendableFilter: Make = ({ noun }) =>
  fc.constantFrom(members({}), members({ [noun === "user" ? "username" : "providedId"]: "none" }));
const takesAway = new Set(["delete", "deleteWhere", "erase", "merge", "revoke"]);

const fieldsOf =
  (test: (field: Field) => boolean): Make =>
  (context) =>
    someOf(fieldValues(context, (field) => isWritable(field) && test(field)));
const version: Make = () => fc.integer({ min: 1, max: 5 });

/** Members that a field policy or the OpenAPI document describes. */
type Described =
  | Exclude<FieldName, "version">
  | Exclude<keyof typeof optionFields, "expectedVersion">
  | Exclude<keyof (ListInput<unknown> & ChangeWatchInput & CommonFilter), "filter">;
/** Generators of all other members. A new member is a type error until it is added here. */
const own: Record<Exclude<InputMember, Described> | "direction", Make> = {
  where: (context) => (takesAway.has(context.verb) ? expendable : where)(context),
  into: where,
  patch: fieldsOf(() => true),
  replace: fieldsOf(({ kind }) => kind === "json"),
  add: fieldsOf(({ kind }) => kind === "set"),
  remove: fieldsOf(({ kind }) => kind === "set"),
  expectedVersion: version,
  version,
  from: version,
  to: version,
  seq: version,
  at: () => fc.constantFrom("2024-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
  field: ({ fields, odd }) => (odd ? pointersInto : usualPointers)(fields),
  prefer: ({ fields, odd }) =>
    odd
      ? fc.dictionary(pointersInto(fields), fc.constantFrom("from", "into", "x")).map(members)
      : fc.constantFrom(members({}), members({ name: "from" })),
  changeSet: changeSetId,
  resume: changeSetId,
  kind: () => fc.constantFrom(...changeSetKinds),
  mode: () => fc.constantFrom("atomic", "independent"),
  direction: () => fc.constant("forward"),
  overlap: () => fc.integer({ min: 0, max: 604_800 }),
  levels: ({ known }) => fc.shuffledSubarray([...known.of("hierarchyLevel"), "Desk"]),
  schema: () => schemas,
  acceptMisfits: () => fc.boolean(),
  list: () => fc.constantFrom(...viewLists),
  shared: () => fc.boolean(),
  state: () => fc.constantFrom(members({}), members({ columns: ["name"] })),
  days: () => fc.integer({ min: 1, max: 90 }),
  a: customerId,
  b: customerId,
  takeBack: () => fc.boolean(),
  idempotencyKey: () => fc.integer({ min: 1, max: 500 }).map((n) => `key-${n}`),
  // Their members come from the server's shapes.
  items: () => fc.constant([]),
  filter: () => fc.constant(members({})),
};

const schemas: fc.Arbitrary<Tree> = fc.constantFrom<Tree>(
  null,
  members({ type: "object" }),
  members({ properties: members({ plan: members({ enum: ["free"] }) }) }),
  members({ $ref: "#/$defs/a", $defs: members({ a: members({ pattern: "^(a+)+$" }) }) }),
);
