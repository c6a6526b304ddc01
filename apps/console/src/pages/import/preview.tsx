import { writeTarget, type RowOutcome } from "@roster/client/import";
import { labelOf, type JsonValue } from "@roster/domain";
import { Download } from "lucide-react";
import { useState } from "react";
import { download } from "../../app/download.ts";
import { fieldAt, Difference } from "../../changes/change-list.tsx";
import { OutcomeChip } from "../../changes/outcome-chip.tsx";
import { textOf } from "../../fields/value.tsx";
import { kinds } from "../../records/kind.ts";
import { Button, TextButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/class.ts";
import { Select } from "../../ui/field.tsx";
import { Figures, OutcomeBar } from "../../ui/figures.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { work } from "../../work-messages.ts";
import { backToPlan, storeRows, type ImportState } from "./import-store.ts";

const words = work.importing;
/** The rows that are shown at a time. */
const atATime = 100;
type Shown = keyof typeof words.only;

/** The expected outcome of each row, before anything is stored. */
export function Preview({ state }: { state: Extract<ImportState, { step: "preview" }> }) {
  const { result, refused, file, info, kept, seconds } = state;
  const { created, updated, unchanged, undecided } = result;
  const counts = { created, updated, unchanged, refused: result.refused };
  const toStore = created + updated + undecided;
  const [only, setOnly] = useState<Shown>(result.refused > 0 && toStore === 0 ? "refused" : "all");
  const [limit, setLimit] = useState(atATime);
  const rows =
    only === "all"
      ? Object.values(kept)
          .flat()
          .toSorted((a, b) => a.row - b.row)
      : kept[only];
  const all = only === "all" ? result.rows : counts[only];
  return (
    <section aria-label={words.preview} className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-60 flex-1">
          <Figures
            counts={counts}
            words={work.would}
            always={["created", "updated", "unchanged", "refused"]}
          />
        </div>
        <Button onClick={backToPlan}>{words.change}</Button>
        {result.refused > 0 && (
          <Button onClick={() => download(refused, words.refusedFile(file.name, info.format))}>
            <Download size={14} aria-hidden />
            {words.download(result.refused)}
          </Button>
        )}
        <Button look="primary" disabled={toStore === 0} onClick={() => void storeRows()}>
          {toStore === 0 ? words.nothingToDo : words.start(toStore)}
        </Button>
      </div>
      <OutcomeBar counts={counts} total={result.rows} label={words.preview} />
      <p role="status" className="text-sm text-faint">
        {words.dry(`${seconds.toFixed(1)} s`)} {words.oneSet} {undecided > 0 && words.undecided(undecided)}
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <Select
          aria-label={words.filter}
          className="!w-40"
          value={only}
          onChange={({ target }) => {
            setOnly(target.value as Shown);
            setLimit(atATime);
          }}
        >
          {Object.entries(words.only).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
        <p className="tabular text-xs text-faint">{words.shown(Math.min(limit, rows.length), all)}</p>
      </div>
      {rows.length === 0 ? (
        <p className="text-sm text-muted">{words.nothingMatches}</p>
      ) : (
        <Rows rows={rows.slice(0, limit)} state={state} />
      )}
      {rows.length > limit && (
        <TextButton className="justify-self-start" onClick={() => setLimit(limit + atATime)}>
          {work.more}
        </TextButton>
      )}
    </section>
  );
}

function Rows({
  rows,
  state: { plan, info },
}: {
  rows: readonly RowOutcome[];
  state: Extract<ImportState, { step: "preview" }>;
}) {
  const { fields } = kinds[plan.type];
  const columns = info.columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ target, by }) => target !== undefined && (by !== "read-only" || target.field === plan.key))
    // The key comes first: it identifies the record.
    .toSorted((a, b) => Number(b.target?.field === plan.key) - Number(a.target?.field === plan.key));
  const head = columns.map(({ header, target }) => {
    const name = target && target.path.length > 0 ? writeTarget({ ...target, type: undefined }) : undefined;
    const label = name ?? labelOf(target?.field ?? header, fields[target?.field ?? ""]);
    return (
      <span key={header} className="block min-w-24">
        <span className="block font-semibold">{label}</span>
        {header !== label && <span className="said block text-xs font-normal text-faint">{header}</span>}
      </span>
    );
  });
  return (
    <Table label={words.preview} head={[words.row, words.does, ...head]}>
      {rows.map((row) => (
        <tr key={row.row} className={cx(row.outcome === "refused" && "bg-removed-soft/50")}>
          <Cell className="tabular text-muted">{work.number(row.row)}</Cell>
          <Cell>
            {row.outcome === "undecided" ? <Chip>?</Chip> : <OutcomeChip outcome={row.outcome} planned />}
            {row.faults
              .filter(({ column }) => !columns.some(({ header }) => header === column))
              .map(({ message }) => (
                <span key={message} className="said mt-0.5 block text-xs text-removed">
                  {message}
                </span>
              ))}
          </Cell>
          {columns.map((column) => (
            <Cell key={column.header}>
              <Content row={row} column={column} fields={fields} />
            </Cell>
          ))}
        </tr>
      ))}
    </Table>
  );
}

/** A cell of a row: its change, or its text and its fault. */
function Content({
  row,
  column: { header, target, index },
  fields,
}: {
  row: RowOutcome;
  column: ImportColumn;
  fields: Parameters<typeof fieldAt>[0];
}) {
  const place = target === undefined ? "" : `/${[target.field, ...target.path].join("/")}`;
  const changes = row.changes.filter(({ path }) => path === place || path.startsWith(`${place}/`));
  const faults = row.faults.filter(({ column }) => column === header);
  if (changes.length > 0)
    return (
      <span className="grid gap-0.5">
        {changes.map((change) => (
          <Difference key={change.path} change={change} field={fieldAt(fields, change.path)} />
        ))}
      </span>
    );
  return (
    <>
      <span className={cx(faults.length > 0 && "text-removed")}>{contentOf(row, header, index)}</span>
      {faults.map(({ message }) => (
        <span key={message} className="said block text-xs text-removed">
          {message}
        </span>
      ))}
    </>
  );
}

type ImportColumn = Extract<ImportState, { step: "preview" }>["info"]["columns"][number] & { index: number };

function contentOf({ content }: RowOutcome, header: string, index: number): string {
  if ("cells" in content) return content.cells[index] ?? "";
  const value = (content.value as Record<string, JsonValue> | null)?.[header];
  return value === undefined || value === null ? "" : textOf(value);
}
