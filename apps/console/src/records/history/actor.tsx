import type { ChangeEntry } from "@roster/domain";
import { useSession } from "../../app/session.ts";
import { messages } from "../../messages.ts";

/** Who made a change, by the name that people know. */
export function useActorName(entry: Pick<ChangeEntry, "actor"> | undefined): string {
  const { actor } = useSession();
  if (!entry) return "";
  const [kind, id = ""] = entry.actor.split(":");
  if (actor.id === id || actor.id === entry.actor) return messages.actors.you;
  if (kind === "system") return messages.actors.system;
  if (kind === "operator") return messages.actors.operator;
  return `${messages.actors.unknown} …${id.slice(-6)}`;
}
