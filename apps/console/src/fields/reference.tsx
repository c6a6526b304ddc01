import type { Reference } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { trpc } from "../app/api.ts";
import { may, useSession } from "../app/session.ts";
import { kinds, nameOf, type KindName } from "../records/kind.ts";

/** The kind of record that a reference to a customer or user leads to. */
export const referredKind = (refers: Reference): KindName | undefined =>
  refers === "customer" || refers === "user" ? refers : undefined;

/** The known facts about a record that a value names. */
export interface Referred {
  name: string;
  /** The id, if it has a page of its own. */
  id?: string;
  kind?: KindName;
}

/** The record that a value names; until it is known, the value itself. */
export function useReferred(
  refers: Reference | undefined,
  value: string | number | null | undefined,
): Referred {
  const session = useSession();
  const kind = refers && referredKind(refers);
  const hasValue = value !== null && value !== undefined && value !== "";
  const record = useQuery({
    queryKey: [kind, "get", value],
    enabled: hasValue && kind !== undefined && may(session, kinds[kind].scopes.read),
    queryFn: ({ signal }) =>
      kinds[kind as KindName].get(
        typeof value === "number" ? { number: value } : { id: value as string },
        signal,
      ),
  });
  const channels = useQuery({
    ...trpc.channel.list.queryOptions({ limit: 200 }),
    enabled: hasValue && refers === "channel" && may(session, "customers:read"),
  });
  if (kind && record.data) return { name: nameOf(kind, record.data), id: record.data.id, kind };
  const channel = channels.data?.items.find(({ number }) => number === value);
  return { name: channel?.name ?? String(value ?? "") };
}

/** The name of the record that a value names. */
export function ReferenceName({ refers, value }: { refers: Reference; value: string | number }) {
  const { name } = useReferred(refers, value);
  return <span className="said">{name}</span>;
}
