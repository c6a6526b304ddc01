import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement } from "react";
import { cx } from "./class.ts";
import type { Choice, MenuEntry } from "./menu.tsx";
import { itemClass, popClass } from "./pop.ts";

/** The menu of `ui/menu.tsx`, open. */
export default function MenuPopup({
  trigger,
  entries,
}: {
  trigger: ReactElement;
  entries: readonly MenuEntry[];
}) {
  return (
    <Base.Root defaultOpen>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-50">
          <Base.Popup className={popClass}>
            {entries.map((entry) =>
              "options" in entry ? (
                <ChoiceGroup key={entry.label} {...entry} />
              ) : (
                <Base.Item
                  key={entry.label}
                  onClick={entry.onSelect}
                  className={cx(itemClass, entry.danger && "text-removed")}
                >
                  {entry.label}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function ChoiceGroup({ label, value, options, onChange }: Choice) {
  return (
    <Base.RadioGroup
      value={value}
      onValueChange={(next: string) => onChange(next)}
      className="mb-1 border-b border-line pb-1 last:mb-0 last:border-0 last:pb-0"
    >
      <Base.Group>
        <Base.GroupLabel className="px-2 pb-1 pt-1.5 text-xs text-faint">{label}</Base.GroupLabel>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className={itemClass} closeOnClick>
            <span className="w-3.5">
              <Base.RadioItemIndicator>✓</Base.RadioItemIndicator>
            </span>
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.Group>
    </Base.RadioGroup>
  );
}
