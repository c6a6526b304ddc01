import { expect, test } from "vitest";
import * as domain from "./index.ts";

const exported = Object.keys(domain);
const words = (text: string) => text.trim().split(/\s+/);

test("embedding programs get decisions, their inputs, and field builders", () => {
  const wanted = words(`
    decideUpdate decideRevert decideUpsert decideDelete decideRestore decideErase
    customerRules userRules plainRules parseUpdate parseRevert parseCreate createCustomer createUser
    standaloneContext storedCustomer storedUser rewind withLog isStale overlap changedSince
    id text email phone country date instant boolean integer json choice textSet emailSet
  `);
  expect(wanted.filter((name) => !exported.includes(name))).toEqual([]);
});

test("internal functions are not exported", () => {
  const internal = words(`
    bounded distinct toFault put valueAt setOwn copyJson checkSize setKey union without
    stamped takenFaults placementFaults fieldsByTest seenVersion staleVersion versionRefusal
    readEdit isMerged isWithin isPointer updateCustomer updateUser
  `);
  expect(internal.filter((name) => exported.includes(name))).toEqual([]);
});
