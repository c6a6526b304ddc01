import type { Readable, Writable } from "node:stream";
import { dim } from "./terminal.ts";

/** Waits until a reader at a terminal presses Enter; without a terminal it returns at once. */
export async function untilEnter(input: Readable & { isTTY?: boolean }, output: Writable): Promise<void> {
  if (input.isTTY !== true || input.readableEnded) return;
  output.write(`\n  ${dim("Press Enter to continue.")} `);
  await new Promise<void>((resolve) => {
    // A terminal delivers one line at a time.
    input.once("data", () => resolve());
    input.once("end", () => resolve());
    input.resume();
  });
  // Further reads would keep the process alive.
  input.pause();
}
