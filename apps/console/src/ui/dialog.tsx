import { lazy, Suspense, type ReactNode } from "react";
import { arriving } from "../app/connection.ts";

export interface DialogProps {
  /** The accessible name. */
  title: string;
  /** Shown after the title. */
  more?: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** The buttons, the main one last. */
  actions?: ReactNode;
  /** Undefined for a dialog that needs an answer. */
  onClose?: (() => void) | undefined;
  wide?: boolean;
}

const Popup = lazy(() => arriving(() => import("./dialog-popup.tsx")));

/**
 * A dialog over the page, loaded when the first is shown. Escape and a press outside close it by `onClose`, if
 * there is one.
 */
export function Dialog(props: DialogProps) {
  return (
    <Suspense>
      <Popup {...props} />
    </Suspense>
  );
}
