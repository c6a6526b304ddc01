import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactElement } from "react";
import { messages } from "../../messages.ts";
import { IconButton, TextButton } from "../../ui/button.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Popover } from "../../ui/popover.tsx";
import type { Kind } from "../kind.ts";
import { allColumns, readColumns, type Column } from "./columns.ts";

/** Chooses and orders the columns: those that are shown first, in their order. */
export function ColumnChooser({
  kind,
  columns,
  trigger,
  onColumns,
}: {
  kind: Kind;
  columns: readonly Column[];
  trigger: ReactElement;
  onColumns(columns: readonly Column[]): void;
}) {
  const words = messages.list;
  const hidden = allColumns(kind.fields).filter(({ name }) => !columns.some((one) => one.name === name));
  const move = (index: number, by: number) => {
    const next = [...columns];
    const [column] = next.splice(index, 1);
    if (column) next.splice(index + by, 0, column);
    onColumns(next);
  };
  const line = (column: Column, index: number | undefined) => (
    <li key={column.name} className="flex items-center gap-1">
      <label className="flex min-h-7 flex-1 items-center gap-2">
        <Checkbox
          checked={index !== undefined}
          onChange={() =>
            onColumns(
              index === undefined ? [...columns, column] : columns.filter(({ name }) => name !== column.name),
            )
          }
        />
        {column.label}
      </label>
      {index !== undefined && (
        <>
          <IconButton
            label={words.moveUp(column.label)}
            disabled={index === 0}
            onClick={() => move(index, -1)}
          >
            <ArrowUp size={13} aria-hidden />
          </IconButton>
          <IconButton
            label={words.moveDown(column.label)}
            disabled={index === columns.length - 1}
            onClick={() => move(index, 1)}
          >
            <ArrowDown size={13} aria-hidden />
          </IconButton>
        </>
      )}
    </li>
  );
  return (
    <Popover trigger={trigger} label={words.columns} align="end" className="w-72">
      {() => (
        <>
          <ul>{columns.map(line)}</ul>
          <div className="my-2 border-t border-line" />
          <ul>{hidden.map((column) => line(column, undefined))}</ul>
          <TextButton className="mt-2" onClick={() => onColumns(readColumns(kind.fields, undefined))}>
            {words.resetColumns}
          </TextButton>
        </>
      )}
    </Popover>
  );
}
