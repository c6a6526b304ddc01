import { rosterError } from "@roster/client";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { trpc } from "../../app/api.ts";
import { useFeed } from "../../app/feed.ts";
import { useKey } from "../../app/keys.ts";
import { may, useSession } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { useNameOfActor } from "../../records/history/actor.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Figures } from "../../ui/figures.tsx";
import { PageBody, PageHeader } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import { countsOf, isUndone, nameOfSet, sizeOf } from "./described.ts";
import { SetChanges } from "./set-changes.tsx";
import { UndoPanel } from "./undo-panel.tsx";

const words = work.changeSets;

/** One change set: what it did, and the way to take it back. */
export default function ChangeSetPage() {
  const { id } = useParams({ from: "/change-sets/$id" });
  return <OneSet key={id} id={id} />;
}

function OneSet({ id }: { id: string }) {
  const session = useSession();
  const { data: set, error, refetch } = useQuery(trpc.changeSet.get.queryOptions({ where: { id } }));
  const who = useNameOfActor(set?.actor);
  const [undoOpen, setUndoOpen] = useState(false);
  useFeed(({ changeSet }) => {
    if (changeSet === id || (set?.undoneBy !== null && changeSet === set?.undoneBy))
      void refetch({ cancelRefetch: false });
  });
  const mayUndo =
    set !== undefined &&
    sizeOf(set) > 0 &&
    set.types.every((type) => {
      const of = type === "customer" ? "customers" : "users";
      return may(session, `${of}:write`) && may(session, `${of}:read`);
    });
  const canUndo = mayUndo && !isUndone(set) && !undoOpen;
  useKey(canUndo ? "u" : undefined, () => setUndoOpen(true));

  const crumbs = (
    <Link to="/change-sets" className="rounded-sm hover:underline">
      {words.title}
    </Link>
  );
  if (error && rosterError(error)?.code === "NOT_FOUND")
    return (
      <EmptyState
        title={words.missing}
        actions={
          <Link to="/change-sets" className={buttonClass()}>
            {words.title}
          </Link>
        }
      />
    );
  return (
    <PageBody>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!set ? (
        !error && (
          <div className="grid gap-3">
            <Skeleton className="h-8 w-72" />
            <Skeleton className="h-12 w-96" />
            <Skeleton className="h-64 w-full" />
          </div>
        )
      ) : (
        <>
          <PageHeader
            above={crumbs}
            title={nameOfSet(set)}
            below={
              <>
                <Chip>{words.kinds[set.kind]}</Chip>
                {set.closedAt === null && <Chip tone="accent">{words.open}</Chip>}
                {isUndone(set) && <Chip tone="warning">{words.undone}</Chip>}
                <span>{words.by(who, messages.sources[set.source] ?? set.source)}</span>
                <Time at={set.openedAt} />
              </>
            }
            actions={
              <>
                {set.undoes !== null && (
                  <Link to="/change-sets/$id" params={{ id: set.undoes }} className={buttonClass()}>
                    {words.openOriginal}
                  </Link>
                )}
                {set.undoneBy !== null && (
                  <Link to="/change-sets/$id" params={{ id: set.undoneBy }} className={buttonClass()}>
                    {words.openUndo}
                  </Link>
                )}
                {canUndo && (
                  <Button look="primary" onClick={() => setUndoOpen(true)}>
                    <Undo2 size={14} aria-hidden />
                    {set.kind === "undo" ? words.undoUndo : words.undo}
                  </Button>
                )}
              </>
            }
          />
          {set.reason !== null && (
            <p className="said justify-self-start rounded-md bg-sunken px-3 py-1.5 text-sm">{set.reason}</p>
          )}
          <Figures counts={countsOf(set)} words={work.outcomes} />
          {undoOpen && <UndoPanel set={set} onClose={() => setUndoOpen(false)} />}
          <SetChanges set={set} />
        </>
      )}
    </PageBody>
  );
}
