import type {
  Change,
  ChangeEntry,
  Customer,
  CustomerJson,
  ErrorBody,
  ItemError,
  JsonObject,
  ListPage,
  ManyResult,
  MergeChoice,
  Page,
  RecordExport,
  Scope,
  Tenant,
  Token,
  User,
  UserJson,
  VersionConflict,
} from "@roster/domain";
import { expectTypeOf, it } from "vitest";
import { createClient, type RosterClient } from "./client.ts";
import { isStale, itemErrors, networkFailure, rosterError, versionConflict } from "./errors.ts";
import type { NetworkFailure } from "./network-failure.ts";
import type { createLocalClient } from "./local.ts";

/** Checked by the compiler; never called. */
const calls = async ({ customer, user, tenant, token, hierarchyLevel, me }: RosterClient) => {
  const where = { providedId: "acme" };

  expectTypeOf(await customer.get.query({ where })).toEqualTypeOf<Customer>();
  expectTypeOf(await customer.list.query()).toEqualTypeOf<ListPage<Customer>>();
  expectTypeOf(await customer.history.query({ where, limit: 5 })).toEqualTypeOf<
    Page<ChangeEntry<"customer">>
  >();
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

  expectTypeOf(updated.replayed).toEqualTypeOf<true | undefined>();

  const upserted = await customer.upsert.mutate({ where, patch: { name: "Acme" }, idempotencyKey: "k" });
  expectTypeOf(upserted.created).toEqualTypeOf<boolean>();
  expectTypeOf(upserted.customer).toEqualTypeOf<Customer>();
  const many = await customer.updateMany.mutate({
    items: [{ where, patch: { name: "Acme" }, expectedVersion: 7, onConflict: "rebase" }],
    mode: "independent",
    dryRun: true,
  });
  expectTypeOf(many).toEqualTypeOf<ManyResult>();
  const [item] = many.items;
  if (item?.error) expectTypeOf(item.error).toEqualTypeOf<ErrorBody>();
  else if (item) expectTypeOf(item.version).toEqualTypeOf<number>();
  expectTypeOf(await customer.at.query({ where, at: new Date() })).toEqualTypeOf<Customer>();
  expectTypeOf(await customer.at.query({ where, at: "2024-05-06T07:08:09Z" })).toEqualTypeOf<Customer>();
  expectTypeOf(await customer.at.query({ where, version: 3 })).toEqualTypeOf<Customer>();
  expectTypeOf((await customer.diff.query({ where, from: 1, to: 3 })).changes).toEqualTypeOf<Change[]>();
  const reverted = await customer.revert.mutate({ where, to: 1, field: "/properties/plan" });
  expectTypeOf(reverted.customer).toEqualTypeOf<Customer>();
  expectTypeOf(await customer.erase.mutate({ where, reason: "asked" })).toEqualTypeOf<Customer>();
  const merged = await customer.merge.mutate({ where, into: { number: 1 }, prefer: { name: "from" } });
  expectTypeOf(merged.customer).toEqualTypeOf<Customer>();
  expectTypeOf(merged.choices).toEqualTypeOf<MergeChoice[]>();
  const unmerged = await customer.unmerge.mutate({ where: { id: merged.merged } });
  expectTypeOf([unmerged.customer, unmerged.from]).toEqualTypeOf<Customer[]>();
  // An export is a document to pass on, so its instants stay text.
  expectTypeOf(await customer.export.query({ where })).toEqualTypeOf<RecordExport<CustomerJson>>();

  const named = { username: "ada" };
  expectTypeOf((await user.upsert.mutate({ where: named })).user).toEqualTypeOf<User>();
  expectTypeOf(await user.updateMany.mutate({ items: [{ where: named }] })).toEqualTypeOf<ManyResult>();
  expectTypeOf(await user.at.query({ where: named, at: new Date() })).toEqualTypeOf<User>();
  expectTypeOf((await user.diff.query({ where: named, from: 1, to: 2 })).changes).toEqualTypeOf<Change[]>();
  expectTypeOf((await user.revert.mutate({ where: named, to: 1 })).user).toEqualTypeOf<User>();
  expectTypeOf(await user.erase.mutate({ where: named })).toEqualTypeOf<User>();
  expectTypeOf(await user.export.query({ where: named })).toEqualTypeOf<RecordExport<UserJson>>();

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
  await customer.update.mutate({ where, patch: { noSuchField: "A" } });
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
  // @ts-expect-error: a Date is not JSON
  await customer.update.mutate({ where, patch: { properties: { since: new Date() } } });
  // @ts-expect-error: a calendar date is text
  await customer.create.mutate({ dateOfBirth: new Date() });
  // @ts-expect-error: a mutation is not a query
  await customer.update.query({ where });
  // @ts-expect-error: no such procedure
  await customer.destroy.mutate({ where });
  // @ts-expect-error: users cannot be merged
  await user.merge.mutate({ where: named, into: named });
  // @ts-expect-error: no such field
  await customer.merge.mutate({ where, into: { number: 1 }, prefer: { nmae: "from" } });
  // @ts-expect-error: an upsert needs the caller's own id
  await customer.upsert.mutate({ where: { number: 1 } });
  // @ts-expect-error: a version and an instant
  await customer.at.query({ where, version: 1, at: new Date() });
  // @ts-expect-error: neither a version nor an instant
  await customer.at.query({ where });
  // @ts-expect-error: dryRun applies to all items
  await customer.updateMany.mutate({ items: [{ where, dryRun: true }] });
  // @ts-expect-error: a key belongs to the whole call
  await customer.updateMany.mutate({ items: [{ where, idempotencyKey: "k" }] });
  // @ts-expect-error: queries take no key
  await customer.get.query({ where, idempotencyKey: "k" });
  // @ts-expect-error: a key is text
  await customer.create.mutate({ idempotencyKey: 7 });
  // @ts-expect-error: no such scope
  await token.create.mutate({ scopes: ["everything"] });

  try {
    await customer.get.query({ where });
  } catch (error) {
    expectTypeOf(rosterError(error)).toEqualTypeOf<ErrorBody | undefined>();
    expectTypeOf(versionConflict(error)).toEqualTypeOf<VersionConflict | undefined>();
    expectTypeOf(networkFailure(error)).toEqualTypeOf<NetworkFailure | undefined>();
    // @ts-expect-error: the error may only be the cause of what was thrown
    if (isStale(error)) console.log(error.data);
    expectTypeOf(itemErrors(error)).toEqualTypeOf<ItemError[]>();
  }
};

it("the calls of both clients have Roster's types", () => {
  expectTypeOf(calls).parameter(0).toEqualTypeOf<ReturnType<typeof createClient>>();
  expectTypeOf(calls).parameter(0).toEqualTypeOf<ReturnType<typeof createLocalClient>>();
});
