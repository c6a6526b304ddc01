import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { messages } from "../messages.ts";
import { IconButton } from "./button.tsx";
import { cx } from "./class.ts";
import type { DialogProps } from "./dialog.tsx";

/** The dialog of `ui/dialog.tsx`. */
export default function DialogPopup({
  title,
  more,
  description,
  children,
  actions,
  onClose,
  wide = false,
}: DialogProps) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose?.()} disablePointerDismissal={!onClose}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Base.Popup
          className={cx(
            "fixed left-1/2 top-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2",
            "-translate-y-1/2 flex-col rounded-xl border border-line bg-surface shadow-pop outline-none",
            wide ? "max-w-3xl" : "max-w-lg",
          )}
        >
          <div className="flex items-start gap-3 px-6 pt-5">
            <div className="min-w-0 flex-1">
              <div className="said text-lg font-semibold">
                <Base.Title className="inline">{title}</Base.Title>
                {more}
              </div>
              {description !== undefined && (
                <Base.Description className="said mt-1 text-sm text-muted">{description}</Base.Description>
              )}
            </div>
            {onClose && (
              <IconButton label={messages.dialog.close} onClick={onClose} className="-mr-2">
                <X size={16} aria-hidden />
              </IconButton>
            )}
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-6 py-4">{children}</div>
          {actions !== undefined && (
            <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-6 py-3">
              {actions}
            </div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
