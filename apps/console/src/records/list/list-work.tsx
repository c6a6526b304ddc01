import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { arriving } from "../../app/connection.ts";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Button, buttonClass, IconButton } from "../../ui/button.tsx";
import { Menu } from "../../ui/menu.tsx";
import type { Target } from "../bulk/bulk-calls.ts";
import type { Kind } from "../kind.ts";
import type { Column } from "./columns.ts";
import { requestOf, type ListState } from "./list-state.ts";

const ExportDialog = lazy(() => arriving(() => import("./export-dialog.tsx")));
const BulkDialog = lazy(() => arriving(() => import("../bulk/bulk-dialog.tsx")));

/** What can be done with all that a list shows. */
export function ListWork({
  kind,
  state,
  columns,
}: {
  kind: Kind;
  state: ListState;
  columns: readonly Column[];
}) {
  const mayWrite = useMay(kind.scopes.write);
  const navigate = useNavigate();
  const [open, setOpen] = useState<"export" | "bulk">();
  const close = () => setOpen(undefined);
  const { filter, search } = requestOf(state);
  const words = messages.list.work;
  return (
    <>
      <Menu
        trigger={
          <IconButton label={words.more}>
            <Ellipsis size={14} aria-hidden />
          </IconButton>
        }
        entries={[
          { label: words.export, onSelect: () => setOpen("export") },
          ...(mayWrite
            ? [
                { label: words.import, onSelect: () => void navigate({ to: "/import" }) },
                { label: words.editAll, onSelect: () => setOpen("bulk") },
              ]
            : []),
        ]}
      />
      <Suspense>
        {open === "export" && <ExportDialog kind={kind} state={state} columns={columns} onClose={close} />}
        {open === "bulk" && (
          <BulkDialog
            kind={kind}
            target={{ ...(filter && { filter }), ...(search !== undefined && { search }) }}
            onClose={close}
          />
        )}
      </Suspense>
    </>
  );
}

/** What can be done with the selected records. */
export function SelectionWork({ kind, ids }: { kind: Kind; ids: ReadonlySet<string> }) {
  const mayWrite = useMay(kind.scopes.write);
  const [target, setTarget] = useState<Target>();
  if (!mayWrite) return null;
  const [into, from] = [...ids];
  return (
    <>
      {kind.name === "customer" && ids.size === 2 && (
        <Link
          to="/duplicates/merge"
          search={{ ...(from !== undefined && { from }), ...(into !== undefined && { into }) }}
          className={buttonClass("plain", true)}
        >
          {messages.list.work.merge}
        </Link>
      )}
      <Button small look="primary" onClick={() => setTarget({ ids: [...ids] })}>
        {messages.list.work.edit}
      </Button>
      <Suspense>
        {target && <BulkDialog kind={kind} target={target} onClose={() => setTarget(undefined)} />}
      </Suspense>
    </>
  );
}
