import { recordTypes, type CustomerJson, type UserJson } from "@roster/domain";
import * as fc from "fast-check";
import { rpcOf, type Rpc } from "../rpc.ts";
import type { Server } from "../server.ts";
import { levels, providedIds, tags, usernames } from "./names.ts";
import { valuesOf } from "./plausible.ts";
import { members, textOf } from "./tree.ts";

/**
 * What requests are about. A request names a part of it as `@@name@@`, so that the same seed gives the
 * same requests although ids are different each time.
 */
export interface World {
  names: ReadonlyMap<string, string>;
  /** The first tenant's admin. */
  rpc: Rpc;
}

/** Fills an empty server: three tenants, each with records in every state, and one without any. */
export async function makeWorld(server: Server): Promise<World> {
  const names = new Map<string, string>();
  const rpc = rpcOf(server.url, server.token);
  const answer = async (as: Rpc, path: string, input: unknown): Promise<Record<string, unknown>> => {
    const { data, error } = await as(path, input);
    if (error) throw new Error(`${path}: ${error.message}`);
    return data;
  };
  const named = (name: string, value: unknown): string => {
    names.set(name, String(value));
    return String(value);
  };
  const tenant = async (name: string) => named(name, (await answer(rpc, "tenant.create", { name }))["token"]);
  named("admin", server.token);
  for (const [name, scopes] of [
    ["reader", ["customers:read", "users:read"]],
    ["users", ["users:read", "users:write"]],
  ] as const) {
    named(name, (await answer(rpc, "token.create", { scopes }))["token"]);
  }
  const neighbour = rpcOf(server.url, await tenant("neighbour"));
  const strict = rpcOf(server.url, await tenant("strict"));
  // Not among those whose tokens requests come with.
  await tenant("innocent");
  await populate(strict, () => "");
  await answer(strict, "tenant.update", { patch: { requireVersions: true, defaultCountry: "DE" } });
  await answer(strict, "tenant.setPropertiesSchema", {
    schema: { type: "object", properties: { plan: { enum: ["free", "pro"] } }, maxProperties: 20 },
  });
  await populate(neighbour, () => "");
  await populate(rpc, named);
  const page = await answer(rpc, "customer.list", { limit: 2 });
  named("cursor", page["nextCursor"]);
  return { names, rpc };

  async function populate(as: Rpc, note: (name: string, value: unknown) => string): Promise<void> {
    await answer(as, "hierarchyLevel.replaceAll", { levels });
    for (const name of tags) await answer(as, "groupTag.create", { name });
    for (const name of ["web", "shop"]) await answer(as, "channel.create", { name });
    for (const name of ["Production", "Test"]) await answer(as, "accessGroup.create", { name });
    const customer = async (fields: object) =>
      (await answer(as, "customer.create", fields)) as unknown as CustomerJson;
    for (const [i, providedId] of providedIds.entries()) {
      const { id } = await customer({
        providedId,
        referenceId: `ref-${i}`,
        name: `Customer ${i}`,
        emails: [`c${i}@x.example`],
        groupTags: tags.slice(0, i % 3),
        ...(i < 3 && { hierarchyLevel: levels[i], parent: i === 0 ? null : providedIds[i - 1] }),
        properties: { plan: "free" },
      });
      note(`customer${i}`, id);
    }
    for (const [i, username] of usernames.entries()) {
      const user = await answer(as, "user.create", {
        username,
        customer: providedIds[i],
        email: `${username}@x.example`,
      });
      note(`user${i}`, (user as unknown as UserJson).id);
    }
    if (as === rpc) {
      await change(
        "customer",
        providedIds.map((providedId) => ({ providedId })),
      );
      await change(
        "user",
        usernames.map((username) => ({ username })),
      );
    }
    const deleted = await customer({ providedId: "deleted" });
    await answer(as, "customer.delete", { where: { id: deleted.id } });
    note("deleted", deleted.id);
    const erased = await customer({ providedId: "erased", name: "Erased" });
    await answer(as, "customer.erase", { where: { id: erased.id } });
    note("erased", erased.id);
    const duplicate = await customer({ providedId: "duplicate", properties: { seats: 1 } });
    await answer(as, "customer.merge", { where: { id: duplicate.id }, into: { providedId: "other" } });
    note("merged", duplicate.id);

    /** Gives records a past: two versions in which nearly every field had another value. */
    async function change(type: "customer" | "user", wheres: readonly object[]): Promise<void> {
      const values = valuesOf(
        recordTypes[type],
        // A phone number may lack the country, which the tenant does not know either. A text that spells
        // another value may stand for another one than is beside it.
        ({ access, unique, refers, spells, kind }) =>
          access === "write" && !unique && !refers && spells === undefined && kind !== "phone",
      );
      const patches = fc.sample(fc.record(values), { numRuns: 2 * wheres.length, seed: 7 });
      for (const [i, patch] of patches.entries()) {
        const text = textOf(members({ where: wheres[i >> 1] as never, patch: members(patch) }));
        await answer(as, `${type}.update`, JSON.parse(text));
      }
    }
  }
}

/** The text with what it names in place. */
export const resolve = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replaceAll(/@@(\w+)@@/g, (written, name: string) => names.get(name) ?? written);
