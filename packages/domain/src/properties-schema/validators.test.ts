import { expect, it } from "vitest";
import type { JsonObject } from "../record/json.ts";
import type { StoredTenant } from "../reference/reference.ts";
import { Validators } from "./validators.ts";

const tenant = (id: string, propertiesSchema: JsonObject | null, version = 1): StoredTenant =>
  ({ id, version, propertiesSchema }) as StoredTenant;
const text = () => ({ properties: { a: { type: "string" } } });
const number = () => ({ properties: { a: { type: "number" } } });

it("compiles a tenant's schema once, however often the tenant is read", () => {
  const validators = new Validators();
  const first = validators.of(tenant("one", text()));
  expect(validators.of(tenant("one", text(), 2))).toBe(first);
  expect(validators.of(tenant("two", text()))).not.toBe(first);
});

it("returns another validator for another schema of the same version, because one of them was never committed", () => {
  const validators = new Validators();
  expect(validators.of(tenant("one", text(), 2))?.({ a: 1 })).toHaveLength(1);
  expect(validators.of(tenant("one", number(), 2))?.({ a: 1 })).toEqual([]);
});

it("returns nothing for a tenant without a schema", () => {
  expect(new Validators().of(tenant("one", null))).toBeUndefined();
});

it("evicts the least recently used validators", () => {
  const validators = new Validators(2);
  const one = validators.of(tenant("one", text()));
  const two = validators.of(tenant("two", text()));
  expect(validators.of(tenant("one", text()))).toBe(one);
  validators.of(tenant("three", text()));
  expect(validators.of(tenant("one", text()))).toBe(one);
  expect(validators.of(tenant("two", text()))).not.toBe(two);
});
