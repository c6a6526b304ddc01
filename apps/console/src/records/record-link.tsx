import type { Change, RecordType } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { may, useSession } from "../app/session.ts";
import { work } from "../work-messages.ts";
import { kinds, nameOf, type KindName } from "./kind.ts";

/** The kind of a type of record that has a page; undefined for others. */
const kindOf = (type: RecordType): KindName | undefined =>
  type === "customer" || type === "user" ? type : undefined;

/**
 * The name of a record, which leads to its page if it has one.
 * @param changes the known values of a record that can no longer be read
 */
export function RecordLink({
  recordType,
  id,
  changes = [],
}: {
  recordType: RecordType;
  id: string;
  changes?: readonly Change[];
}) {
  const session = useSession();
  const kind = kindOf(recordType);
  const record = useQuery({
    queryKey: [kind, "get", id],
    enabled: kind !== undefined && may(session, kinds[kind].scopes.read),
    queryFn: ({ signal }) => kinds[kind as KindName].get({ id }, signal),
  });
  const named = changes.find(({ path }) => path === "/name" || path === "/username");
  const fromChanges = [named?.to, named?.from].find((one) => typeof one === "string");
  const fallback =
    typeof fromChanges === "string"
      ? fromChanges
      : `${work.activity.one[recordType] ?? recordType} …${id.slice(-6)}`;
  if (kind === undefined) return <span className="said font-medium">{fallback}</span>;
  return (
    <Link
      to={`${kinds[kind].path}/$id`}
      params={{ id }}
      className="said rounded-sm font-medium hover:underline"
    >
      {record.data ? nameOf(kind, record.data) : fallback}
    </Link>
  );
}
