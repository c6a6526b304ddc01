import { beforeAll, expect, it } from "vitest";

/** A test that passes unless `PROBE` selects a way to fail; `test-command.sqlite.test.ts` runs it. */
const failure = process.env["PROBE"];

if (failure === "import") throw new Error("this file cannot be loaded");

beforeAll(() => {
  if (failure === "hook") throw new Error("this hook fails");
});

it("the probe passes", () => {
  if (failure === "rejection") void Promise.reject(new Error("nobody handles this"));
  expect(failure).not.toBe("assertion");
});
