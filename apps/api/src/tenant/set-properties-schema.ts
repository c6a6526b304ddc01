import {
  authorize,
  isJsonObject,
  parseBySchema,
  plainUpdate,
  refusal,
  RosterError,
  type Actor,
  type Edit,
  type Fault,
  type JsonObject,
  type PropertiesSchemaSet,
  type TenantJson,
} from "@roster/domain";
import { compileSchema, type Validator } from "@roster/domain/properties-schema";
import { z } from "zod";
import { run, type Store } from "../record/command.ts";
import type { DecisionContext } from "../record/noun.ts";
import type { RecordService } from "../record/record-service.ts";
import type { Decision } from "../store/commit/command.ts";
import { check, lookAt, type Look } from "../properties-schema/misfits.ts";

/** The maximum number of changes since a check whose customers the commit itself checks. */
const maxRecent = 500;
/** The maximum number of further checks because too many customers changed meanwhile. */
const maxLooks = 10;

/** Thrown by a decision that needs the customers to be checked first; `setPropertiesSchema` catches it. */
class LookFirst {
  /** A check that begins now may miss changes from this instant on. */
  readonly now: string;
  constructor(now: string) {
    this.now = now;
  }
}

/** The result of a check, which holds up to an instant. */
interface Seen extends Look {
  until: string;
}

interface Parts {
  store: Store;
  tenant: RecordService<"tenant", TenantJson>;
}

/**
 * Sets the schema that customers' properties must match.
 *
 * Customers are checked outside the transaction, so that other commands can proceed; those that change
 * meanwhile are checked within it, so that none is missed.
 */
export async function setPropertiesSchema(
  { store, tenant: tenants }: Parts,
  actor: Actor,
  input: unknown,
): Promise<PropertiesSchemaSet<TenantJson>> {
  authorize(actor, "admin");
  const { schema, dryRun, acceptMisfits, validate } = read(input);
  const edit: Edit = { field: "propertiesSchema", op: "set", value: schema, at: "/schema" };
  const parsed = {
    ...plainUpdate([{ field: "id", value: actor.tenant.id }], { edits: [edit], faults: [] }),
    dryRun,
  };

  const decide = (
    context: DecisionContext,
    seen: Seen | undefined,
  ): Decision<PropertiesSchemaSet<TenantJson>> => {
    const { writes, reply, about } = tenants.updateWithin(context, parsed);
    const look = validate ? upToDate(validate, context, seen) : { misfits: [], count: 0 };
    const applies = writes.length > 0;
    if (applies && !acceptMisfits && look.count > 0) throw refusal([doNotFit(look)]);
    const { record, ...result } = reply;
    return {
      writes,
      reply: { tenant: record, ...result, misfits: look.misfits, misfitCount: look.count },
      about: [...about, ...look.misfits.map(({ id }) => id)],
    };
  };

  let seen: Seen | undefined;
  for (let looks = 0; ; looks++) {
    try {
      const known = seen;
      const set = await run(store, { type: "tenant", actor, wants: [] }, (context) => decide(context, known));
      store.buildBegun?.();
      return set;
    } catch (thrown) {
      if (!(thrown instanceof LookFirst) || !validate) throw thrown;
      if (looks === maxLooks) {
        throw new RosterError(
          "OVERLOADED",
          "customers are changed faster than they can be checked; try again later",
        );
      }
      const reader = store.database.tenant(actor.tenant.number);
      const look = await lookAt(reader, validate, seen?.until, thrown.now);
      seen = { ...look, until: thrown.now };
    }
  }
}

/**
 * Brings a check up to date within the transaction. Once there are misfits, later changes do not matter to
 * the decision, and the check stands.
 */
function upToDate(validate: Validator, { view, now }: DecisionContext, seen: Seen | undefined): Look {
  if (!seen) throw new LookFirst(now);
  if (seen.count > 0) return seen;
  const recent = view.changedCustomers(seen.until, maxRecent);
  if (!recent) throw new LookFirst(now);
  const look: Look = { misfits: [], count: 0 };
  for (const customer of recent) check(look, customer, validate);
  return look;
}

const doNotFit = ({ misfits, count }: Look): Fault => {
  const [first] = misfits;
  const name = first && (first.providedId === null ? first.id : JSON.stringify(first.providedId));
  const whose = count === 1 ? `the customer ${name}` : `${count} customers, ${name} for one,`;
  return {
    pointer: "/schema",
    code: "in_use",
    message: `the properties of ${whose} do not fit; a dry run lists them, acceptMisfits sets the schema anyway`,
  };
};

const options = z.strictObject({ dryRun: z.boolean().optional(), acceptMisfits: z.boolean().optional() });

/** @throws RosterError INVALID with all faults */
function read(input: unknown): {
  schema: JsonObject | null;
  dryRun: boolean;
  acceptMisfits: boolean;
  validate: Validator | undefined;
} {
  if (!isJsonObject(input))
    throw refusal([{ pointer: "", code: "invalid_type", message: "must be an object" }]);
  const { schema, ...rest } = input as { schema?: unknown };
  const { value, faults } = parseBySchema(options, rest);
  let validate: Validator | undefined;
  if (schema === undefined) {
    faults.push({ pointer: "/schema", code: "required", message: "must be a JSON Schema, or null for none" });
  } else if (schema !== null) {
    const compiled = compileSchema(schema);
    if (typeof compiled === "function") validate = compiled;
    else faults.push(...compiled.map((fault) => ({ ...fault, pointer: `/schema${fault.pointer}` })));
  }
  if (faults.length > 0) throw refusal(faults);
  const { dryRun = false, acceptMisfits = false } = value ?? {};
  return { schema: schema as JsonObject | null, dryRun, acceptMisfits, validate };
}
