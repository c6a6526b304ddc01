import type { ChangeEntry } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { trpc } from "../../app/api.ts";
import { useSession } from "../../app/session.ts";
import { messages } from "../../messages.ts";

/** The name of the actor that made a change, as people know it. */
export function useActorName(entry: Pick<ChangeEntry, "by"> | undefined): string {
  const { actor } = useSession();
  if (!entry) return "";
  return entry.by.id === actor.id ? messages.actors.you : entry.by.name;
}

/** The name of an actor of which only the id is known. */
export function useNameOfActor(id: string | undefined): string {
  const { actor } = useSession();
  const isOther = id !== undefined && id !== actor.id;
  const { data } = useQuery({
    ...trpc.actor.list.queryOptions({ ids: [id ?? ""] }),
    enabled: isOther,
    staleTime: Infinity,
  });
  return isOther ? (data?.[0]?.name ?? "") : id === undefined ? "" : messages.actors.you;
}
