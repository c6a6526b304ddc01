import { rosterError } from "@roster/client";
import { diff, type Change, type JsonValue } from "@roster/domain";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queryClient } from "../../app/api.ts";
import { ChangeList } from "../../changes/change-list.tsx";
import { kinds, nameOf, type AnyRecord } from "../../records/kind.ts";
import { savedChange } from "../../records/undo.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { useCountBelow } from "./tree-data.ts";

const words = work.tree;
const { customer } = kinds;
const inherited = ["computedProperties", "computedMapping"] as const;

/** Shows what a move would mean, for the customer and for all below it, and makes it. */
export function MoveDialog({
  record,
  to,
  onClose,
}: {
  record: AnyRecord;
  /** The new parent; null for the top. */
  to: AnyRecord | null;
  onClose(): void;
}) {
  const name = nameOf("customer", record);
  const move = (dryRun: boolean, expectedVersion: number) =>
    customer.update({ where: { id: record.id }, patch: { parent: to?.id ?? null }, expectedVersion, dryRun });
  const preview = useQuery({
    queryKey: ["customer", "move", record.id, to?.id ?? null],
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      // As they are now: the tree may show them as they were.
      const now = await customer.get({ id: record.id }, signal);
      const [planned, parent] = await Promise.all([
        move(true, now.version),
        to ? customer.get({ id: to.id }, signal) : null,
      ]);
      return { now, changes: planned.changes, means: inheritance(now, parent) };
    },
  });
  const below = useCountBelow(record.id).data;
  const saving = useMutation({
    mutationFn: (version: number) => move(false, version),
    onSuccess(result, version) {
      savedChange(words.moved(name), "customer", result.record, version);
      void queryClient.invalidateQueries({ queryKey: ["customer"] });
      onClose();
    },
  });
  const error = preview.error ?? saving.error;
  const faults = rosterError(error)?.faults ?? [];
  const { data } = preview;
  return (
    <Dialog
      title={words.previewTitle(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{work.cancel}</Button>
          <Button
            look="primary"
            disabled={!data || data.changes.length === 0 || saving.isPending}
            onClick={() => data && saving.mutate(data.now.version)}
          >
            {words.confirm}
          </Button>
        </>
      }
    >
      {error ? (
        faults.length > 0 ? (
          <div role="alert" className="grid gap-1 text-sm">
            <p className="font-medium">{words.refused}</p>
            {faults.map(({ message, pointer }) => (
              <p key={pointer + message} className="said text-removed">
                {message}
              </p>
            ))}
          </div>
        ) : (
          <ErrorNotice error={error} onRetry={() => void preview.refetch()} />
        )
      ) : !data ? (
        <div className="grid gap-2">
          <Skeleton className="h-6 w-full" />
          <Skeleton className="h-6 w-64" />
        </div>
      ) : data.changes.length === 0 ? (
        <p className="text-sm text-muted">{words.same}</p>
      ) : (
        <div className="grid gap-4">
          <ChangeList changes={data.changes} fields={customer.fields} />
          <Section title={words.means}>
            <p className="text-sm text-muted">
              {(below?.count ?? 0) === 0
                ? words.noChildren
                : below && words.children(below.count, below.exact)}
            </p>
            {data.means.length === 0 ? (
              <p className="text-sm text-muted">{words.inheritsSame}</p>
            ) : (
              <>
                <p className="text-sm">{words.inherits}</p>
                <ChangeList changes={data.means} fields={customer.fields} limit={12} />
              </>
            )}
          </Section>
        </div>
      )}
    </Dialog>
  );
}

/** The changes of what a customer inherits if it moves below another parent. Its own values always win. */
function inheritance(now: AnyRecord, parent: AnyRecord | null): Change[] {
  return inherited.flatMap((name) => {
    const own = (now[name.replace("computed", "").toLowerCase()] ?? {}) as Record<string, JsonValue>;
    const from = (parent?.[name] ?? {}) as Record<string, JsonValue>;
    return diff({ [name]: now[name] as JsonValue }, { [name]: { ...from, ...own } }, [name]);
  });
}
