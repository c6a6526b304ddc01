import type { JsonValue } from "@roster/domain";
import type { KindName } from "./kind.ts";

/** The unsaved values of a record. They are kept on this device, also after the tab is closed. */
export interface Draft {
  /** The version that the typing began on. */
  version: number;
  /** The values by field. */
  values: Record<string, JsonValue>;
  /** The reason, as far as it is typed. */
  reason: string;
  /** When it was last changed. */
  at: string;
}

const prefix = "roster.draft.";
const keyOf = (tenant: string, kind: KindName, id: string) => `${prefix}${tenant}.${kind}.${id}`;

export function readDraft(tenant: string, kind: KindName, id: string): Draft | undefined {
  try {
    const text = window.localStorage.getItem(keyOf(tenant, kind, id));
    return text === null ? undefined : (JSON.parse(text) as Draft);
  } catch {
    return undefined;
  }
}

/** Keeps a draft, or forgets it if undefined. */
export function keepDraft(tenant: string, kind: KindName, id: string, draft: Draft | undefined): void {
  const key = keyOf(tenant, kind, id);
  try {
    if (draft) window.localStorage.setItem(key, JSON.stringify(draft));
    else window.localStorage.removeItem(key);
  } catch {
    // The device has no room left; the page itself still has what was typed.
  }
}

export const draftKeys = (): string[] =>
  Object.keys(window.localStorage).filter((key) => key.startsWith(prefix));

export function dropDrafts(): void {
  for (const key of draftKeys()) window.localStorage.removeItem(key);
}
