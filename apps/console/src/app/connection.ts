import { createStore, useStore } from "./store.ts";

/**
 * Whether the server can be reached, as the change feed finds out: it is connected all the time. `back` holds for
 * a moment after the server was `lost`.
 */
type Connection = "live" | "lost" | "back";

const state = createStore<Connection>("live");
const returns = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** The milliseconds for which the pages show that the server is back. */
const moment = 4_000;

/** Called with each outcome of the feed's attempts to connect. */
export function connected(is: boolean): void {
  if (!is) {
    clearTimeout(timer);
    state.set("lost");
  } else if (state.get() === "lost") {
    state.set("back");
    timer = setTimeout(() => state.set("live"), moment);
    for (const tell of returns) tell();
  }
}

export const useConnection = (): Connection => useStore(state);

/** Whether changes by others arrive. */
export const useLive = (): boolean => useConnection() !== "lost";

/** Calls a function whenever the server is back. @returns what ends that */
export function onReturn(listener: () => void): () => void {
  returns.add(listener);
  return () => void returns.delete(listener);
}

/**
 * Loads a part of the console once the server can be reached: browsers remember that a module could not be
 * loaded, and refuse it from then on.
 * @param load imports the part
 */
export async function arriving<Part>(load: () => Promise<Part>): Promise<Part> {
  if (state.get() === "lost")
    await new Promise<void>((resolve) => {
      const stop = onReturn(() => {
        stop();
        resolve();
      });
    });
  return load();
}
