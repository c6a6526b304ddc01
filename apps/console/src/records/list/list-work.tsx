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

const words = messages.list.work;

/** All records that a list shows. */
function matching(state: ListState): Target {
  const { filter, search } = requestOf(state);
  return { ...(filter && { filter }), ...(search !== undefined && { search }) };
}

/** The actions on all records of a list. */
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
        {open === "bulk" && <BulkDialog kind={kind} target={matching(state)} onClose={close} />}
      </Suspense>
    </>
  );
}

/** The actions on the selected records, or on all that match. */
export function SelectionWork({
  kind,
  ids,
  state,
  columns,
}: {
  kind: Kind;
  /** The selected records; undefined for all that match. */
  ids: ReadonlySet<string> | undefined;
  state: ListState;
  columns: readonly Column[];
}) {
  const mayWrite = useMay(kind.scopes.write);
  const [open, setOpen] = useState<"export" | "bulk">();
  const close = () => setOpen(undefined);
  const [into, from] = [...(ids ?? [])];
  return (
    <>
      {mayWrite && kind.name === "customer" && ids?.size === 2 && (
        <Link
          to="/duplicates/merge"
          search={{ ...(from !== undefined && { from }), ...(into !== undefined && { into }) }}
          className={buttonClass("plain", true)}
        >
          {words.merge}
        </Link>
      )}
      {!ids && (
        <Button small onClick={() => setOpen("export")}>
          {words.exportSelected}
        </Button>
      )}
      {mayWrite && (
        <Button small look="primary" onClick={() => setOpen("bulk")}>
          {words.edit}
        </Button>
      )}
      <Suspense>
        {open === "export" && <ExportDialog kind={kind} state={state} columns={columns} onClose={close} />}
        {open === "bulk" && (
          <BulkDialog kind={kind} target={ids ? { ids: [...ids] } : matching(state)} onClose={close} />
        )}
      </Suspense>
    </>
  );
}
