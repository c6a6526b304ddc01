import { expect, test } from "vitest";
import * as domain from "./index.ts";

const names = Object.keys(domain);

test("embedding programs get decisions, what these need, and builders of fields", () => {
  expect(names).toEqual(
    expect.arrayContaining([
      ...["decideUpdate", "decideRevert", "decideUpsert", "decideDelete", "decideRestore", "decideErase"],
      ...["customerRules", "userRules", "plainRules", "parseUpdate", "parseRevert", "parseCreate"],
      ...["standaloneContext", "storedCustomer", "storedUser", "rewind", "isStale", "overlap", "changedSince"],
      ...["text", "email", "phone", "country", "date", "instant", "boolean", "integer", "json", "choice"],
      ...["id", "textSet", "emailSet"],
    ]),
  );
});

test("what only the package itself needs is not exported", () => {
  const internal = [
    ...["bounded", "distinct", "toFault", "put", "setOwn", "copyJson", "checkSize", "checkText", "setKey"],
    ...["union", "without", "stamped", "takenFaults", "placementFaults", "fieldsByTest", "seenVersion"],
    ...["staleVersion", "versionRefusal", "asStored", "readEdit", "isMerged", "valueAt", "updateCustomer"],
  ];
  expect(names.filter((name) => internal.includes(name))).toEqual([]);
});
