import { createStore } from "../app/store.ts";

/** A passing message. */
export interface Told {
  title: string;
  description?: string | undefined;
  /** Takes back what was done. */
  undo?: (() => void) | undefined;
}

/** The messages that are not shown yet. */
export const toasts = createStore<readonly Told[]>([]);

/** Shows a message, usually that an action is done, with the way to take it back. */
export const toast = (title: string, more: Omit<Told, "title"> = {}): void =>
  toasts.set((before) => [...before, { title, ...more }]);

/** Takes the waiting messages, to show them. */
export function takeToasts(): readonly Told[] {
  const told = toasts.get();
  if (told.length > 0) toasts.set([]);
  return told;
}
