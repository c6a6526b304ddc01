import { messages } from "../messages.ts";
import { errorText } from "../ui/states.tsx";
import { toast } from "../ui/toast.ts";
import { queryClient } from "../app/api.ts";
import { kinds, type AnyRecord, type KindName } from "./kind.ts";

/** The latest change that was made on this page and can be taken back. */
let latest: { kind: KindName; id: string; version: number; before: number } | undefined;

/** Puts a record as it is now into what the pages show. */
export function showRecord(kind: KindName, record: AnyRecord): void {
  queryClient.setQueryData([kind, "get", record.id], record);
  void queryClient.invalidateQueries({ queryKey: [kind, "history", record.id] });
}

/** Tells that a change is saved, with the way to take it back. */
export function savedChange(title: string, kind: KindName, record: AnyRecord, before: number): void {
  showRecord(kind, record);
  const change = { kind, id: record.id, version: record.version, before };
  latest = change;
  toast(title, { undo: () => void undo(change) });
}

/** Takes the latest change back, if there is one. */
export const undoLatest = (): void => {
  if (latest) void undo(latest);
};

async function undo(change: NonNullable<typeof latest>): Promise<void> {
  if (latest === change) latest = undefined;
  const { kind, id, version, before } = change;
  try {
    const { record } = await kinds[kind].revert({
      where: { id },
      to: before,
      expectedVersion: version,
      // Later changes by others elsewhere in the record stay.
      onConflict: "rebase",
    });
    showRecord(kind, record);
    toast(messages.record.undone);
  } catch (error) {
    toast(messages.errors.title, { description: errorText(error) });
  }
}
