import type {
  ChangeEntry,
  Customer,
  ErrorBody,
  JsonObject,
  Page,
  Scope,
  Tenant,
  Token,
  User,
  VersionConflict,
} from "@roster/domain";
import { expectTypeOf, it } from "vitest";
import { createClient, type RosterClient } from "./client.ts";
import { isStale, rosterError } from "./errors.ts";
import type { createLocalClient } from "./local.ts";

/** Checked by the compiler; never called. */
const calls = async ({ customer, user, tenant, token, hierarchyLevel, me }: RosterClient) => {
  const where = { providedId: "acme" };

  expectTypeOf(await customer.get.query({ where })).toEqualTypeOf<Customer>();
  expectTypeOf(await customer.list.query()).toEqualTypeOf<Page<Customer>>();
  expectTypeOf(await customer.history.query({ where, limit: 5 })).toEqualTypeOf<Page<ChangeEntry>>();
  expectTypeOf(await customer.delete.mutate({ where })).toEqualTypeOf<Customer>();
  const updated = await customer.update.mutate({
    where,
    patch: { name: "Acme", phone: null, timestamp: new Date(), properties: { plan: null, deep: { a: 1 } } },
    replace: { mapping: { "40": "213" } },
    add: { emails: ["a@acme.example"] },
    remove: { groupTags: ["trial"] },
    expectedVersion: 7,
    reason: "why",
    dryRun: true,
  });
  expectTypeOf(updated.customer).toEqualTypeOf<Customer>();
  expectTypeOf(updated.applied).toEqualTypeOf<boolean>();

  const read = updated.customer;
  expectTypeOf(read.createdAt).toEqualTypeOf<Date>();
  expectTypeOf(read.deletedAt).toEqualTypeOf<Date | null>();
  expectTypeOf(read.timestamp).toEqualTypeOf<Date | null>();
  expectTypeOf(read.dateOfBirth).toEqualTypeOf<string | null>();
  expectTypeOf(read.properties).toEqualTypeOf<JsonObject | null>();
  expectTypeOf(read.gender).toEqualTypeOf<"male" | "female" | "other" | null>();

  expectTypeOf(await user.get.query({ where: { username: "ada" } })).toEqualTypeOf<User>();
  expectTypeOf(await tenant.create.mutate({ name: "T" })).toEqualTypeOf<Tenant & { token: string }>();
  expectTypeOf((await token.list.query()).items[0]).toEqualTypeOf<Token | undefined>();
  expectTypeOf((await me.get.query()).scopes).toEqualTypeOf<Scope[]>();
  await hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Company"] });

  // @ts-expect-error: no such field
  await customer.update.mutate({ where, patch: { nickname: "A" } });
  // @ts-expect-error: a field that Roster sets
  await customer.update.mutate({ where, patch: { version: 2 } });
  // @ts-expect-error: a field that cannot be null
  await customer.update.mutate({ where, patch: { isDemo: null } });
  // @ts-expect-error: two ways to name the record
  await customer.update.mutate({ where: { id: "a", providedId: "b" } });
  // @ts-expect-error: no way to name the record
  await customer.update.mutate({ where: {} });
  // @ts-expect-error: not a JSON field
  await customer.update.mutate({ where, replace: { name: "A" } });
  // @ts-expect-error: not a set
  await customer.update.mutate({ where, add: { name: ["A"] } });
  // @ts-expect-error: a Date is no JSON
  await customer.update.mutate({ where, patch: { properties: { since: new Date() } } });
  // @ts-expect-error: a calendar date is text
  await customer.create.mutate({ dateOfBirth: new Date() });
  // @ts-expect-error: a mutation is no query
  await customer.update.query({ where });
  // @ts-expect-error: no such procedure
  await customer.erase.mutate({ where });
  // @ts-expect-error: no such scope
  await token.create.mutate({ scopes: ["everything"] });

  try {
    await customer.get.query({ where });
  } catch (error) {
    expectTypeOf(rosterError(error)).toEqualTypeOf<ErrorBody | undefined>();
    if (isStale(error)) {
      expectTypeOf(error.data.error.conflict).toExtend<VersionConflict>();
      expectTypeOf(error.data.error.code).toEqualTypeOf<"STALE_VERSION">();
    }
  }
};

it("the calls of both clients have the types that Roster gives them", () => {
  expectTypeOf(calls).parameter(0).toEqualTypeOf<ReturnType<typeof createClient>>();
  expectTypeOf(calls).parameter(0).toEqualTypeOf<ReturnType<typeof createLocalClient>>();
});
