import { useMutation, useQuery } from "@tanstack/react-query";
import { ChangeList } from "../../changes/change-list.tsx";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import type { AnyRecord, Kind, Updated } from "../kind.ts";
import type { TakeBack } from "./take-back.ts";

const words = messages.history;

/** Shows what taking something back would change, before it does. */
export function TakeBackDialog({
  kind,
  record,
  plan,
  onClose,
  onDone,
}: {
  kind: Kind;
  record: AnyRecord;
  plan: TakeBack;
  onClose(): void;
  onDone(result: Updated): void;
}) {
  const preview = useQuery({
    queryKey: [kind.name, "take-back", record.id, record.version, plan.text],
    queryFn: () => plan.run(true),
    gcTime: 0,
  });
  const act = useMutation({ mutationFn: () => plan.run(false), onSuccess: onDone });
  const changes = preview.data?.changes ?? [];
  return (
    <Dialog
      title={words.previewTitle}
      description={plan.text}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            look="primary"
            disabled={changes.length === 0 || act.isPending}
            onClick={() => act.mutate()}
          >
            {words.confirm}
          </Button>
        </>
      }
    >
      {preview.isPending ? (
        <div className="grid gap-2" role="status" aria-label={words.loading}>
          <Skeleton />
          <Skeleton className="h-4 w-2/3" />
        </div>
      ) : preview.isError ? (
        <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />
      ) : changes.length === 0 ? (
        <p className="text-sm text-muted">{words.nothing}</p>
      ) : (
        <ChangeList changes={changes} fields={kind.fields} />
      )}
      {act.isError && (
        <div className="mt-3">
          <ErrorNotice error={act.error} />
        </div>
      )}
    </Dialog>
  );
}
