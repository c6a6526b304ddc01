import { cloneElement, Suspense, useState, type ReactElement, type ReactNode } from "react";

interface Pressed {
  onClick?(): void;
  onPointerEnter?(): void;
  onFocus?(): void;
  "aria-haspopup"?: "menu" | "dialog";
  "aria-expanded"?: boolean;
}

/**
 * A button whose panel is loaded just before it is pressed, so that the first view is small.
 *
 * @param trigger the button
 * @param children the same button with its open panel, in the place of the button from the first press on
 */
export function LoadedOnPress({
  trigger,
  popup,
  preload,
  children,
}: {
  trigger: ReactElement;
  popup: "menu" | "dialog";
  preload(): Promise<unknown>;
  children: ReactNode;
}) {
  const [pressed, setPressed] = useState(false);
  const closed = cloneElement(trigger as ReactElement<Pressed>, {
    onClick: () => setPressed(true),
    onPointerEnter: () => void preload(),
    onFocus: () => void preload(),
    "aria-haspopup": popup,
    "aria-expanded": false,
  });
  return pressed ? <Suspense fallback={closed}>{children}</Suspense> : closed;
}
