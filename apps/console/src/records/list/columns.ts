import { isShown, labelOf, type Field, type Fields } from "@roster/domain";

/** A column of a list of records. */
export interface Column {
  name: string;
  label: string;
  field: Field;
  width: number;
}

const widths: Partial<Record<Field["kind"], number>> = {
  email: 240,
  phone: 160,
  boolean: 90,
  date: 120,
  instant: 160,
  integer: 100,
  country: 150,
  set: 200,
};
export const [narrowest, widest] = [64, 800] as const;
/** The width of the first column, which names the record. */
export const nameWidth = 280;

/** Every column that a list can have: the fields that fit into a cell. */
export const allColumns = (fields: Fields): Column[] =>
  Object.entries(fields)
    .filter(([, field]) => isShown(field) && field.kind !== "json")
    .map(([name, field]) => ({
      name,
      label: labelOf(name, field),
      field,
      width: widths[field.kind] ?? 160,
    }));

const inWords = (columns: readonly Column[], all: readonly Column[]): string =>
  columns
    .map(({ name, width }) =>
      width === all.find((one) => one.name === name)?.width ? name : `${name}:${width}`,
    )
    .join(",");

/** The columns that an address names, or the usual ones of the policy. */
export function readColumns(fields: Fields, written: string | undefined): Column[] {
  const all = allColumns(fields);
  if (written === undefined) return all.filter(({ field }) => field.listed);
  return written.split(",").flatMap((part) => {
    const [name, width] = part.split(":");
    const column = all.find((one) => one.name === name);
    if (!column) return [];
    const given = Number(width);
    return [given >= narrowest && given <= widest ? { ...column, width: given } : column];
  });
}

/** Columns as an address names them; undefined for the usual ones. */
export function writeColumns(fields: Fields, columns: readonly Column[]): string | undefined {
  const all = allColumns(fields);
  const written = inWords(columns, all);
  return written === inWords(readColumns(fields, undefined), all) ? undefined : written;
}
