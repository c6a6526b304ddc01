import {
  canonicalId,
  canonicalName,
  nameForms,
  type Actor,
  type RecordType,
  type Reference,
  type UniqueName,
} from "@roster/domain";
import { readCountry, readPhone } from "@roster/domain/formats";
import { Validators } from "@roster/domain/properties-schema";
import type { View } from "../store/commit/state.ts";
import type { DecisionContext } from "./noun.ts";

const validators = new Validators();

/** A UTC clock that never goes back, even when the machine's clock does. */
export function clock(): () => string {
  let last = 0;
  return () => new Date((last = Math.max(last, Date.now()))).toISOString();
}

const isSameName = (one: string, other: string | number): boolean =>
  canonicalName(one) === canonicalName(String(other));

/** The context in which the rules of a record type decide: the clock, the actor, and the tenant's other records. */
export function decisionContext(type: RecordType, view: View, actor: Actor, now: string): DecisionContext {
  const live = <T extends RecordType>(of: T, field: string, value: string | number) => {
    const record = view.find(of, field, value);
    return record?.deletedAt === null ? record : undefined;
  };
  // Undefined while the first tenant is being created.
  const tenant = () => view.find("tenant", "number", actor.tenant.number);
  const resolvers: Record<
    Reference,
    (named: string | number, by?: UniqueName) => string | number | undefined
  > = {
    groupTag: (name) => byName("groupTag", name)?.name,
    hierarchyLevel: (name) => view.all("hierarchyLevel").find((level) => isSameName(level.name, name))?.name,
    accessGroup: (name) => byName("accessGroup", name)?.name,
    channel: (number) => live("channel", "number", number)?.number,
    user: (number) => live("user", "number", number)?.number,
    member: (id) => view.candidates([String(id)])[0],
    customer: (named, by) => customerOf(String(named), by)?.id,
  };
  const firstLive = <T extends RecordType>(of: T, field: string, name: string) =>
    nameForms(name)
      .map((form) => live(of, field, form))
      .find((record) => record !== undefined);
  const byName = (of: "groupTag" | "accessGroup", name: string | number) =>
    firstLive(of, "name", String(name));
  const customerOf = (named: string, by?: UniqueName) =>
    (by === undefined ? live("customer", "id", canonicalId(named)) : undefined) ??
    firstLive("customer", by ?? "providedId", named);
  return {
    view,
    now,
    actor: actor.id,
    scopes: actor.scopes,
    phone: (written) => readPhone(written, tenant()?.defaultCountry ?? null),
    country: readCountry,
    resolve: (reference, named, by) => resolvers[reference](named, by),
    existing: (reference, named) =>
      reference === "member"
        ? new Set(view.candidates(named))
        : new Set(named.filter((one) => resolvers[reference](one) !== undefined)),
    entries: (id, _field, among) => view.members(id, among),
    taken: (field, value, id) =>
      (typeof value === "string" ? nameForms(value) : [value]).some((form) => {
        const other = view.find(type, field, form);
        return other !== undefined && other.id !== id;
      }),
    requiresVersions: () => type !== "tenant" && tenant()?.requireVersions === true,
    changedSince: (id, version) => view.changedSince(type, id, version),
    asOf: ({ id }, version) => view.asOf(type, id, version),
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
