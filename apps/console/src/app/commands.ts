import { useEffect } from "react";
import { createStore, useStore } from "./store.ts";

/** Something that the command palette offers. */
export interface Command {
  id: string;
  label: string;
  /** The heading under which it is listed. */
  section: string;
  /** The keys that do the same, as they are shown. */
  keys?: string;
  run(): void;
}

const commands = createStore<readonly Command[]>([]);

/** Offers commands in the palette while the calling component is shown. Memoise the list. */
export function useCommands(offered: readonly Command[]): void {
  useEffect(() => {
    commands.set((before) => [...before, ...offered]);
    return () => commands.set((before) => before.filter((one) => !offered.includes(one)));
  }, [offered]);
}

export const useAllCommands = (): readonly Command[] => useStore(commands);
