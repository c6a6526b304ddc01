import { createStore, useStore } from "./store.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "roster.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const stored = window.localStorage.getItem(key) as Theme | null;
const theme = createStore<Theme>(stored && themes.includes(stored) ? stored : "system");

function show(): void {
  const chosen = theme.get();
  const shown = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  document.documentElement.dataset["theme"] = shown;
}

/** Shows the chosen theme now and whenever the choice or the system changes. */
export function startTheme(): void {
  show();
  dark.addEventListener("change", show);
  theme.subscribe(() => {
    window.localStorage.setItem(key, theme.get());
    show();
  });
}

export const useTheme = (): [Theme, (theme: Theme) => void] => [useStore(theme), theme.set];
