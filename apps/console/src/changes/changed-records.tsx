import { recordTypes, type Change, type Fields, type RecordType } from "@roster/domain";
import type { ReactNode } from "react";
import { RecordLink } from "../records/record-link.tsx";
import type { OutcomeName } from "../ui/figures.tsx";
import { ChangeList, fieldAt } from "./change-list.tsx";
import { OutcomeChip } from "./outcome-chip.tsx";

/** A record and what became, or would become, of it. */
export interface ChangedRecord {
  recordType: RecordType;
  id: string;
  outcome: OutcomeName;
  changes?: readonly Change[];
  /** Why nothing became of it. */
  problem?: string | undefined;
  /** Said in small letters beside the name. */
  note?: ReactNode;
  /** Different for each entry, where a record can occur more than once. */
  key?: string | number;
}

/** The most changes of a record that are shown. */
const brief = 6;

/** The values that the creator gave a new record, without empty ones and those that Roster set. */
const given = (fields: Fields, changes: readonly Change[]): Change[] =>
  changes.filter(({ path, to }) => {
    const isEmpty = to === null || to === undefined || to === false || (Array.isArray(to) && to.length === 0);
    return !isEmpty && fieldAt(fields, path)?.access === "write";
  });

/** Records with what changed, or would change, in each. */
export function ChangedRecords({
  records,
  label,
  planned = false,
}: {
  records: readonly ChangedRecord[];
  label: string;
  /** Whether nothing of it has happened yet. */
  planned?: boolean;
}) {
  return (
    <ul
      aria-label={label}
      className="overflow-hidden rounded-lg border border-line bg-surface [&>li:not(:last-child)]:border-b [&>li]:border-line"
    >
      {records.map(({ recordType, id, outcome, changes = [], problem, note, key }) => (
        <li
          key={key ?? `${recordType} ${id}`}
          className="grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[16rem_minmax(0,1fr)]"
        >
          <div className="flex min-w-0 items-start gap-2">
            <span className="w-[5.25rem] shrink-0">
              <OutcomeChip outcome={outcome} planned={planned} />
            </span>
            <span className="min-w-0">
              <RecordLink recordType={recordType} id={id} changes={changes} />
              {note !== undefined && <span className="block text-xs text-faint">{note}</span>}
            </span>
          </div>
          <div className="min-w-0">
            {problem !== undefined && <p className="said text-sm text-removed">{problem}</p>}
            {changes.length > 0 && outcome !== "deleted" && (
              <ChangeList
                changes={outcome === "created" ? given(recordTypes[recordType], changes) : changes}
                fields={recordTypes[recordType]}
                limit={brief}
                isNew={outcome === "created"}
              />
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
