import { describe, expect, test } from "vitest";
import { authorize, type Actor } from "./actor.ts";
import { faultCodes, refusal, RosterError, type Fault, type FaultCode } from "./errors.ts";
import { scopes } from "./reference/reference.ts";

const fault = (code: FaultCode, pointer = "/name"): Fault => ({ pointer, code, message: "is wrong" });

describe("a refusal", () => {
  test.each(faultCodes)(
    "for the fault %s alone is INVALID, unless the same request may succeed later",
    (code) => {
      const expected = code === "taken" || code === "in_use" ? "CONFLICT" : "INVALID";
      expect(refusal([fault(code)]).code).toBe(expected);
    },
  );

  test("is INVALID if any fault lies in the request itself", () => {
    expect(refusal([fault("taken"), fault("in_use")]).code).toBe("CONFLICT");
    expect(refusal([fault("taken"), fault("required")]).code).toBe("INVALID");
  });

  test("names three faults and the number of others, and carries them all", () => {
    const faults = ["/a", "/b", "/c", "/d", "/e"].map((pointer) => fault("required", pointer));
    const error = refusal(faults);
    expect(error.message).toBe("/a: is wrong; /b: is wrong; /c: is wrong; and 2 more");
    expect(error.faults).toEqual(faults);
    expect(refusal(faults.slice(0, 3)).message).toBe("/a: is wrong; /b: is wrong; /c: is wrong");
  });

  test("is sent as plain data, without cause and stack", () => {
    const cause = new Error("disk");
    const error = new RosterError("UNAVAILABLE", "try again", { cause });
    expect(error.cause).toBe(cause);
    expect(JSON.parse(JSON.stringify(error.toBody()))).toEqual({ code: "UNAVAILABLE", message: "try again" });
    const conflict = { expectedVersion: 1, currentVersion: 2, changedSince: [] };
    expect(new RosterError("STALE_VERSION", "stale", { conflict }).toBody()).toEqual({
      code: "STALE_VERSION",
      message: "stale",
      conflict,
    });
    expect(refusal([fault("taken")]).toBody().faults).toEqual([fault("taken")]);
  });
});

describe("an actor", () => {
  const actor = (...granted: Actor["scopes"]): Actor => ({
    tenant: { id: "1", number: 1, name: "T" },
    id: "token:1",
    name: "T",
    scopes: granted,
    source: "trpc",
    sealKey: "",
  });
  const table = scopes.flatMap((granted) => scopes.map((asked) => ({ granted, asked })));

  test.each(table)(
    "with the scope $granted gets $asked only if that scope covers it",
    ({ granted, asked }) => {
      const attempt = () => authorize(actor(granted), asked);
      if (granted === asked || granted === "admin") expect(attempt).not.toThrow();
      else {
        expect(attempt).toThrow(
          expect.objectContaining({
            code: "FORBIDDEN",
            message: `the token lacks the scope ${asked}`,
          }) as Error,
        );
      }
    },
  );

  test("without scopes may do nothing, and with several scopes what any of them allows", () => {
    expect(() => authorize(actor(), "customers:read")).toThrow(RosterError);
    expect(() => authorize(actor("users:read", "customers:read"), "customers:read")).not.toThrow();
  });
});
