import type { Count } from "@roster/domain";
import { useRef, type ReactNode } from "react";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import type { Kind } from "../kind.ts";

const words = messages.list;

/** The actions on the selected records, and a button that extends the selection to all that match. */
export function SelectionBar({
  kind,
  count,
  all,
  onAll,
  onClear,
  children,
}: {
  kind: Kind;
  /** How many records are selected. */
  count: Count;
  /** The number of all that match, if all of them can be selected instead. */
  all: Count | undefined;
  onAll(): void;
  onClear(): void;
  children?: ReactNode;
}) {
  const bar = useRef<HTMLDivElement>(null);
  const text = count.exact ? words.selected(count.count) : words.moreSelected(count.count);
  return (
    <div
      ref={bar}
      tabIndex={-1}
      role="region"
      aria-label={`${kind.noun.title}: ${text}`}
      // Before the rows by keyboard, below them to the eye, where it moves nothing.
      className="order-last flex flex-wrap items-center gap-2 border-t border-line bg-accent-soft px-4 py-2"
    >
      <p role="status" className="tabular text-sm font-medium text-accent-text">
        {text}
      </p>
      {all && (
        <Button
          small
          look="quiet"
          onClick={() => {
            // The button goes; the keyboard stays here.
            bar.current?.focus();
            onAll();
          }}
        >
          {words.selectMatching(words.count(all.count, all.exact, kind.noun))}
        </Button>
      )}
      <span className="flex-1" />
      {children}
      <Button small onClick={onClear}>
        {words.clearSelection}
      </Button>
    </div>
  );
}
