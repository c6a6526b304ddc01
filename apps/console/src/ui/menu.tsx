import { lazy, type ReactElement } from "react";
import { arriving } from "../app/connection.ts";
import { LoadedOnPress } from "./loaded-on-press.tsx";

/** An action of a menu. */
interface Action {
  label: string;
  danger?: boolean;
  onSelect(): void;
}

/** A choice of one among several. */
export interface Choice {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange(value: string): void;
}

export type MenuEntry = Action | Choice;

const load = () => arriving(() => import("./menu-popup.tsx"));
const Popup = lazy(load);

/** A menu of actions and choices. @param trigger the button that opens it */
export function Menu({ trigger, entries }: { trigger: ReactElement; entries: readonly MenuEntry[] }) {
  return (
    <LoadedOnPress trigger={trigger} popup="menu" preload={load}>
      <Popup trigger={trigger} entries={entries} />
    </LoadedOnPress>
  );
}
