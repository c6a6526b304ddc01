import { lazy, type ReactElement, type ReactNode } from "react";
import { arriving } from "../app/connection.ts";
import { LoadedOnPress } from "./loaded-on-press.tsx";

export interface PopoverProps {
  /** The button that opens the panel. */
  trigger: ReactElement;
  /** The accessible name of the panel. */
  label: string;
  /** Renders the content of the panel. */
  children(close: () => void): ReactNode;
  align?: "start" | "end";
  className?: string;
}

const load = () => arriving(() => import("./popover-popup.tsx"));
const Popup = lazy(load);

/** A small panel beside the button that opens it. */
export function Popover(props: PopoverProps) {
  return (
    <LoadedOnPress trigger={props.trigger} popup="dialog" preload={load}>
      <Popup {...props} />
    </LoadedOnPress>
  );
}
