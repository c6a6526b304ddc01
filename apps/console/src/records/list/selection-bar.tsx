import type { ReactNode } from "react";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import type { Kind } from "../kind.ts";

/** What can be done with the selected records. */
export function SelectionBar({
  kind,
  ids,
  onClear,
  children,
}: {
  kind: Kind;
  ids: ReadonlySet<string>;
  onClear(): void;
  children?: ReactNode;
}) {
  return (
    <div
      role="region"
      aria-label={`${kind.noun.title}: ${messages.list.selected(ids.size)}`}
      className="flex flex-wrap items-center gap-2 border-t border-line bg-accent-soft px-4 py-2"
    >
      <p role="status" className="tabular flex-1 text-sm font-medium text-accent-text">
        {messages.list.selected(ids.size)}
      </p>
      {children}
      <Button small onClick={onClear}>
        {messages.list.clearSelection}
      </Button>
    </div>
  );
}
