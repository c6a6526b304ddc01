import { Popover as Base } from "@base-ui/react/popover";
import { useState, type ReactElement } from "react";
import { cx } from "./class.ts";
import { popClass } from "./pop.ts";
import type { PopoverProps } from "./popover.tsx";

/** The panel of `ui/popover.tsx`, open. */
export default function PopoverPopup({
  trigger,
  label,
  children,
  align = "start",
  className,
}: PopoverProps & { trigger: ReactElement }) {
  const [open, setOpen] = useState(true);
  return (
    <Base.Root open={open} onOpenChange={setOpen}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-50">
          <Base.Popup aria-label={label} className={cx(popClass, "p-3", className)}>
            {children(() => setOpen(false))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
