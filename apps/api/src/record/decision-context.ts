import type { Actor, RecordType, Reference } from "@roster/domain";
import type { View } from "../store/batch.ts";
import { Validators } from "../tenant/properties-schema/validators.ts";
import { normalizeCountry, normalizePhone } from "./normalize.ts";
import type { DecisionContext } from "./noun.ts";

const validators = new Validators();

/** What the rules of a record type see: the clock, the actor, and the tenant's other records. */
export function decisionContext(type: RecordType, view: View, actor: Actor, now: string): DecisionContext {
  const live = <T extends RecordType>(of: T, field: string, value: string | number) => {
    const record = view.find(of, field, value);
    return record?.deletedAt === null ? record : undefined;
  };
  // There is none yet while the first one is made.
  const tenant = () => view.find("tenant", "number", actor.tenant.number);
  const resolvers: Record<Reference, (named: string | number) => string | number | undefined> = {
    groupTag: (name) => live("groupTag", "name", name)?.name,
    hierarchyLevel: (name) => view.all("hierarchyLevel").find((level) => level.name === name)?.name,
    accessGroup: (name) => live("accessGroup", "name", name)?.name,
    channel: (number) => live("channel", "number", number)?.number,
    user: (number) => live("user", "number", number)?.number,
    customer: (named) => (live("customer", "id", named) ?? live("customer", "providedId", named))?.id,
  };
  return {
    view,
    now,
    actor: actor.id,
    scopes: actor.scopes,
    phone: (written) => normalizePhone(written, tenant()?.defaultCountry ?? null),
    requiresVersions: () => type !== "tenant" && tenant()?.requireVersions === true,
    country: normalizeCountry,
    resolve: (reference, named) => resolvers[reference](named),
    taken: (field, value, id) => {
      const other = view.find(type, field, value);
      return other !== undefined && other.id !== id;
    },
    levels: () =>
      view
        .all("hierarchyLevel")
        .toSorted((a, b) => a.position - b.position)
        .map(({ name }) => name),
    customer: (id) => live("customer", "id", id),
    childLevels: (id) => view.childLevels(id),
    propertiesFaults: (properties) => {
      const own = tenant();
      return own ? (validators.of(own)?.(properties) ?? []) : [];
    },
  };
}
