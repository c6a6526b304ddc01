import { inNoRequest } from "../observe/current-request.ts";

/**
 * Work in the background, one run after another: whoever asks for it during a run has it run once more.
 *
 * @param work must not throw
 * @returns asks for the work; resolves when nothing more is asked for
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
