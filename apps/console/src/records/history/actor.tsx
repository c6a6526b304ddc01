import type { ChangeEntry } from "@roster/domain";
import { useSession } from "../../app/session.ts";
import { messages } from "../../messages.ts";

/** Who made a change, by the name that people know. */
export function useActorName(entry: Pick<ChangeEntry, "by"> | undefined): string {
  const { actor } = useSession();
  if (!entry) return "";
  return entry.by.id === actor.id ? messages.actors.you : entry.by.name;
}
