import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { kinds, nameOf, type AnyRecord, type KindName } from "../kind.ts";

/** The parents of a customer, the nearest first. */
export function useAncestors(record: AnyRecord | undefined): readonly AnyRecord[] {
  const parent = record?.["parent"];
  const { data } = useQuery({
    queryKey: ["customer", "ancestors", parent],
    enabled: typeof parent === "string",
    queryFn: async ({ signal }) => {
      const found: AnyRecord[] = [];
      let at = parent;
      while (typeof at === "string" && !found.some(({ id }) => id === at)) {
        // oxlint-disable-next-line no-await-in-loop -- each names the next
        const next = await kinds.customer.get({ id: at }, signal);
        found.push(next);
        at = next["parent"];
      }
      return found;
    },
  });
  return typeof parent === "string" ? (data ?? []) : [];
}

/** The first records that belong to a customer, and the way to all of them. */
export function Related({
  kind,
  field,
  id,
  title,
}: {
  kind: KindName;
  /** The field that names the customer. */
  field: string;
  id: string;
  title: string;
}) {
  const { path, list } = kinds[kind];
  const mayRead = useMay(kinds[kind].scopes.read);
  const filter = { [field]: id };
  const { data } = useQuery({
    queryKey: [kind, "related", field, id],
    enabled: mayRead,
    queryFn: ({ signal }) => list({ filter, limit: 5, count: true }, signal),
  });
  if (!data || data.items.length === 0) return null;
  return (
    <section aria-label={title} className="grid gap-1">
      <div className="flex items-baseline gap-2">
        <h2 className="text-sm font-semibold text-muted">{title}</h2>
        <span className="tabular text-sm text-faint">{data.total?.count.toLocaleString("en")}</span>
      </div>
      <ul>
        {data.items.map((record) => {
          const name = nameOf(kind, record);
          return (
            <li key={record.id}>
              <Link
                to={`${path}/$id`}
                params={{ id: record.id }}
                className="flex min-h-9 items-center gap-2.5 rounded-md px-2 hover:bg-hover"
              >
                <Avatar name={name} small />
                <span className="said">{name}</span>
              </Link>
            </li>
          );
        })}
      </ul>
      {data.nextCursor !== null && (
        <Link to={path} search={{ filter }} className="px-2 text-sm text-accent-text hover:underline">
          {messages.record.more}
        </Link>
      )}
    </section>
  );
}
