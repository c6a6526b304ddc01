import { expect } from "vitest";

/** The error that a call throws. */
export const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail("the call succeeded"),
    (error: unknown) => error,
  );
