import { inNoRequest } from "../observe/current-request.ts";

/**
 * Work in the background, one run after another: a request during a run starts one more run after it.
 *
 * @param work must not throw
 * @returns a function that requests a run; it resolves when no further run is requested
 */
export function inBackground(work: () => Promise<void>): () => Promise<void> {
  let asked = false;
  let running: Promise<void> | undefined;
  async function run(): Promise<void> {
    while (asked) {
      asked = false;
      await work();
    }
    running = undefined;
  }
  return () => {
    asked = true;
    return (running ??= inNoRequest(run));
  };
}
