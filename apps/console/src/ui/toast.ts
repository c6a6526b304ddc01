import { createStore } from "../app/store.ts";

/** Something to tell in passing. */
export interface Told {
  title: string;
  description?: string | undefined;
  /** Takes back what was done. */
  undo?: (() => void) | undefined;
}

/** What is told and not shown yet. */
export const toasts = createStore<readonly Told[]>([]);

/** Tells that something is done, with the way to take it back. */
export const toast = (title: string, more: Omit<Told, "title"> = {}): void =>
  toasts.set((before) => [...before, { title, ...more }]);

/** Takes what is told, to show it. */
export function takeToasts(): readonly Told[] {
  const told = toasts.get();
  if (told.length > 0) toasts.set([]);
  return told;
}
