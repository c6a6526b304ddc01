import { useEffect, useEffectEvent } from "react";

/** Whether letters that are typed at an element are its text. */
const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("input, textarea, select, [role=combobox]")) &&
  !target.matches("input[type=checkbox], input[type=radio], input[type=button]");

/** Whether an element does something of its own when Enter is pressed on it. */
const takesEnter = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest("a, button, [role=button]") !== null;

/** Whether a dialog is open: the keys of the page below rest then. */
const underDialog = (): boolean => document.querySelector("[role=dialog][data-open]") !== null;

/**
 * Calls a function for a key that is pressed outside of texts and dialogs, such as `e` or `/`. With `mod+`,
 * the key also works in texts, with Control or Command.
 *
 * @param key the key as in `KeyboardEvent.key`; undefined for none
 */
export function useKey(key: string | undefined, onPress: (event: KeyboardEvent) => void): void {
  const pressed = useEffectEvent(onPress);
  useEffect(() => {
    if (key === undefined) return undefined;
    const [name, mod] = key.startsWith("mod+") ? [key.slice(4), true] : [key, false];
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.key !== name || event.altKey) return;
      if ((event.ctrlKey || event.metaKey) !== mod) return;
      if (!mod && (takesText(event.target) || underDialog())) return;
      if (name === "Enter" && takesEnter(event.target)) return;
      event.preventDefault();
      pressed(event);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [key]);
}
