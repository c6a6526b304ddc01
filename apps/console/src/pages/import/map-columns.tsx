import { FileError, writeTarget, type Column, type FileType } from "@roster/client/import";
import { groupOf, labelOf, type Fields } from "@roster/domain";
import { kinds } from "../../records/kind.ts";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice } from "../../ui/states.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { work } from "../../work-messages.ts";
import { changePlan, checkRows, keysOf, startOver, type ImportState } from "./import-store.ts";
import { Problems } from "./problems.tsx";

const words = work.importing;

/** Shows the meanings of the columns of a file, as far as they are known, and lets the reader change them. */
export function MapColumns({
  types,
  state,
}: {
  types: readonly FileType[];
  state: Extract<ImportState, { step: "map" }>;
}) {
  const { plan, info, problem } = state;
  const { fields } = kinds[plan.type];
  const problems = problem instanceof FileError ? problem.problems : info.problems;
  return (
    <>
      <div className="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-4">
        <Field id="import-type" label={words.into}>
          <Select
            id="import-type"
            value={plan.type}
            onChange={({ target }) => void changePlan({ type: target.value as FileType })}
          >
            {types.map((type) => (
              <option key={type} value={type}>
                {kinds[type].noun.title}
              </option>
            ))}
          </Select>
        </Field>
        <Field id="import-key" label={words.key} hint={words.keyHint}>
          <Select
            id="import-key"
            value={plan.key ?? ""}
            aria-describedby="import-key-hint"
            onChange={({ target }) => void changePlan({ key: target.value || undefined })}
          >
            {keysOf[plan.type].map((key) => (
              <option key={key} value={key}>
                {labelOf(key, fields[key])}
              </option>
            ))}
            <option value="">{words.keyNone}</option>
          </Select>
        </Field>
        <Field id="import-empty" label={words.empty}>
          <Select
            id="import-empty"
            value={plan.empty}
            onChange={({ target }) => void changePlan({ empty: target.value as "keep" | "clear" })}
          >
            <option value="keep">{words.emptyKeep}</option>
            <option value="clear">{words.emptyClear}</option>
          </Select>
        </Field>
        <Field id="import-dates" label={words.dateFormat}>
          <Select
            id="import-dates"
            value={plan.dateFormat ?? words.dateFormats[0]}
            onChange={({ target }) =>
              void changePlan({
                dateFormat: target.value === words.dateFormats[0] ? undefined : target.value,
              })
            }
          >
            {words.dateFormats.map((format) => (
              <option key={format}>{format}</option>
            ))}
          </Select>
        </Field>
      </div>
      {problems.length > 0 && <Problems problems={problems} />}
      {problem !== undefined && !(problem instanceof FileError) && (
        <ErrorNotice error={problem} onRetry={() => void checkRows()} />
      )}
      <Section title={words.columns}>
        <Table label={words.columns} head={[words.column, words.examples, words.meaning]}>
          {info.columns.map((column, index) => (
            <tr key={column.header}>
              <Cell className="min-w-32 font-medium">{column.header}</Cell>
              <Cell className="min-w-40 max-w-80 text-muted">
                <span className="line-clamp-2">{examplesOf(info.samples, index)}</span>
              </Cell>
              <Cell className="min-w-56">
                <Meaning
                  column={column}
                  fields={fields}
                  onChange={(target) =>
                    void changePlan({ mapping: { ...plan.mapping, [column.header]: target } })
                  }
                />
              </Cell>
            </tr>
          ))}
        </Table>
      </Section>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={startOver}>{words.another}</Button>
        <Button look="primary" disabled={info.problems.length > 0} onClick={() => void checkRows()}>
          {words.check}
        </Button>
      </div>
    </>
  );
}

/** The first different texts of a column. */
const examplesOf = (samples: readonly (readonly string[])[], index: number): string =>
  [...new Set(samples.map((row) => row[index] ?? "").filter((text) => text !== ""))].slice(0, 3).join(" · ");

/** A select for the meaning of a column. */
function Meaning({
  column: { header, target, by },
  fields,
  onChange,
}: {
  column: Column;
  fields: Fields;
  onChange(target: string | null): void;
}) {
  if (by === "reason" || by === "read-only") return <span className="text-sm text-faint">{words.skip}</span>;
  const written = target ? writeTarget({ ...target, type: undefined }) : "";
  const writable = Object.entries(fields).filter(
    ([, field]) => field.access === "write" && !field.secret && field.kind !== "json",
  );
  const keys = ["id", "number"].filter((name) => name in fields);
  const groups = Object.keys(messages.groups) as (keyof typeof messages.groups)[];
  const property = `properties.${header.replaceAll(".", " ")}`;
  const isProperty = target !== undefined && target.path.length > 0;
  // A header that names no field becomes a property of that name.
  const isUnknown = by === "header" && isProperty && target.path.length === 1 && target.path[0] === header;
  const hasProperties = "properties" in fields;
  return (
    <span className="flex flex-wrap items-center gap-2">
      <Select
        aria-label={`${words.meaning}: ${header}`}
        value={written}
        onChange={({ target: box }) => onChange(box.value === "" ? null : box.value)}
        className="!w-56"
      >
        <option value="">{words.skip}</option>
        {isProperty && <option value={written}>{words.property(target.path.join("."))}</option>}
        {hasProperties && property !== written && <option value={property}>{words.property(header)}</option>}
        {hasProperties && <option value="properties">{labelOf("properties", fields["properties"])}</option>}
        {groups.map((group) => {
          const inGroup = writable.filter(([, field]) => groupOf(field) === group);
          return inGroup.length === 0 ? null : (
            <optgroup key={group} label={messages.groups[group]}>
              {inGroup.map(([name, field]) => (
                <option key={name} value={name}>
                  {labelOf(name, field)}
                </option>
              ))}
            </optgroup>
          );
        })}
        <optgroup label={words.key}>
          {keys.map((name) => (
            <option key={name} value={name}>
              {labelOf(name, fields[name])}
            </option>
          ))}
        </optgroup>
      </Select>
      {by === "header" && !isUnknown && <Chip>{words.byHeader}</Chip>}
      {isUnknown && <Chip tone="warning">{words.byNothing}</Chip>}
      {by === "values" && <Chip tone="warning">{words.byValues}</Chip>}
    </span>
  );
}
