import type { KeyboardEvent } from "react";

/** The items of a tree that show, from top to bottom. */
const itemsOf = (tree: Element): HTMLElement[] => [...tree.querySelectorAll<HTMLElement>("[role=treeitem]")];

/** Moves the focus in a tree by the arrow keys, as trees of the ARIA practices do. */
export function walkTree(event: KeyboardEvent<HTMLElement>, toggle: (item: HTMLElement) => void): void {
  const item = (event.target as Element).closest<HTMLElement>("[role=treeitem]");
  if (!item || event.target !== item || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = itemsOf(event.currentTarget);
  const at = all.indexOf(item);
  const expanded = item.getAttribute("aria-expanded");
  const to: Record<string, () => HTMLElement | undefined> = {
    ArrowDown: () => all[at + 1],
    ArrowUp: () => all[at - 1],
    Home: () => all[0],
    End: () => all.at(-1),
    ArrowRight() {
      if (expanded === "false") toggle(item);
      return expanded === "true" ? all[at + 1] : undefined;
    },
    ArrowLeft() {
      if (expanded === "true") toggle(item);
      else return item.parentElement?.closest<HTMLElement>("[role=treeitem]") ?? undefined;
    },
  };
  const go = to[event.key];
  if (!go) return;
  event.preventDefault();
  go()?.focus();
}
