import type { Field, JsonValue } from "@roster/domain";
import { Link } from "@tanstack/react-router";
import { ArrowUpRight, X } from "lucide-react";
import { useState, type KeyboardEvent, type ReactNode } from "react";
import { LookUp } from "../../fields/look-up.tsx";
import { NamedSelect, useNamed } from "../../fields/named-select.tsx";
import { referredKind, useReferred } from "../../fields/reference.tsx";
import { countryName, textOf } from "../../fields/value.tsx";
import { messages } from "../../messages.ts";
import { IconButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/class.ts";
import { Fault } from "../../ui/field.tsx";
import { Time } from "../../ui/time.tsx";
import { kinds } from "../kind.ts";

/** A value is `changed`, as it is saved (`plain`), or an input of a new record (`new`). */
export type ValueState = "changed" | "plain" | "new";

const looks: Record<ValueState, string> = {
  changed: "border-accent bg-accent-soft",
  plain: "border-transparent bg-transparent enabled:hover:border-line-strong enabled:hover:bg-surface",
  new: "border-line-strong bg-surface",
};

/** The look of a value that can be edited where it stands: text at rest, a box under the pointer. */
export const valueClass = (state: ValueState): string =>
  cx(
    "said min-h-8 w-full min-w-0 rounded-md border px-2 text-base outline-none transition-colors",
    "focus-visible:border-accent focus-visible:bg-surface focus-visible:outline-2 focus-visible:-outline-offset-1 focus-visible:outline-accent",
    "aria-invalid:border-removed read-only:cursor-text",
    looks[state],
  );

/** A label, the value, and its notes and faults. */
export function Row({
  id,
  label,
  isCode = false,
  title,
  fault,
  note,
  children,
}: {
  id: string;
  label: string;
  isCode?: boolean;
  title?: string;
  fault?: string | undefined;
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="grid grid-cols-1 gap-x-3 border-b border-line py-0.5 sm:grid-cols-[9rem_minmax(0,1fr)]">
      <label
        htmlFor={id}
        title={title}
        className={cx("said pt-1.5 text-sm text-muted", isCode && "font-mono text-xs leading-5")}
      >
        {label}
      </label>
      <div className="min-w-0">
        <div className="flex min-h-8 min-w-0 items-center gap-1">
          {children}
          {note}
        </div>
        {fault !== undefined && (
          <div className="px-2 pb-1">
            <Fault id={`${id}-fault`}>{fault}</Fault>
          </div>
        )}
      </div>
    </div>
  );
}

interface FieldRowProps {
  name: string;
  label: string;
  field: Field;
  value: JsonValue | undefined;
  state: ValueState;
  readOnly: boolean;
  fault?: string | undefined;
  note?: ReactNode;
  onChange(value: JsonValue): void;
}

/** A field of a record, edited in place by its kind. */
export function FieldRow({
  name,
  label,
  field,
  value,
  state,
  readOnly,
  fault,
  note,
  onChange,
}: FieldRowProps) {
  const id = `field-${name}`;
  const aria = {
    "aria-invalid": fault !== undefined,
    "aria-describedby": fault === undefined ? undefined : `${id}-fault`,
  };
  const isFixed = readOnly || field.access === "read";
  return (
    <Row id={id} label={label} title={field.description} fault={fault} note={note}>
      <Editor
        {...{ id, field, value, isFixed, onChange, aria }}
        className={valueClass(state)}
        label={label}
      />
    </Row>
  );
}

interface EditorProps {
  id: string;
  label: string;
  field: Field;
  value: JsonValue | undefined;
  isFixed: boolean;
  className: string;
  aria: { "aria-invalid": boolean; "aria-describedby": string | undefined };
  onChange(value: JsonValue): void;
}

/** A value as the text of a box; nothing is an empty one. */
const plainText = (value: JsonValue | undefined): string =>
  value === null || value === undefined
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

/** The value that an empty box means. */
const nothingOf = (field: Field): JsonValue => (field.nullable ? null : "");

function Editor({ id, label, field, value, isFixed, className, aria, onChange }: EditorProps) {
  if (field.kind === "set")
    return <SetEditor {...{ id, label, field, isFixed, aria, onChange }} value={(value ?? []) as string[]} />;
  if (field.refers && referredKind(field.refers))
    return <ReferenceEditor {...{ id, label, field, value, isFixed, className, aria, onChange }} />;
  if (field.refers && !isFixed)
    return (
      <NamedSelect
        id={id}
        refers={field.refers}
        value={(value ?? null) as string | number | null}
        onChange={onChange}
        className={cx(className, "cursor-pointer pl-1")}
        {...aria}
      />
    );
  if ((field.options || field.kind === "boolean") && !isFixed)
    return (
      <select
        id={id}
        value={plainText(value)}
        onChange={({ target }) =>
          onChange(
            field.kind === "boolean" ? target.value === "true" : target.value === "" ? null : target.value,
          )
        }
        className={cx(className, "cursor-pointer pl-1")}
        {...aria}
      >
        {field.kind === "boolean" ? (
          <>
            <option value="true">{messages.values.yes}</option>
            <option value="false">{messages.values.no}</option>
          </>
        ) : (
          <>
            {field.nullable && <option value="" />}
            {field.options?.map((option) => (
              <option key={option} value={option}>
                {option}
              </option>
            ))}
          </>
        )}
      </select>
    );
  if (field.kind === "instant")
    return <InstantEditor {...{ id, field, value, isFixed, className, aria, onChange }} />;
  if ((field.max ?? 0) > 2048 && !isFixed)
    return (
      <textarea
        id={id}
        rows={3}
        value={typeof value === "string" ? value : ""}
        onChange={({ target }) => onChange(target.value === "" ? nothingOf(field) : target.value)}
        className={cx(className, "py-1")}
        {...aria}
      />
    );
  return (
    <>
      <input
        id={id}
        type={
          field.kind === "date"
            ? "date"
            : field.kind === "email"
              ? "email"
              : field.kind === "phone"
                ? "tel"
                : "text"
        }
        inputMode={field.kind === "integer" ? "numeric" : undefined}
        dir={field.kind === "text" ? "auto" : undefined}
        value={typeof value === "boolean" ? textOf(value) : plainText(value)}
        readOnly={isFixed}
        placeholder={isFixed ? undefined : messages.record.addEntry}
        onChange={({ target }) => onChange(readText(field, target.value))}
        autoComplete="off"
        spellCheck={false}
        className={cx(className, isFixed && "!border-transparent !bg-transparent")}
        {...aria}
      />
      {field.kind === "country" && typeof value === "string" && value !== "" && (
        <span className="said shrink-0 text-sm text-faint">{countryName(value)}</span>
      )}
    </>
  );
}

function readText(field: Field, text: string): JsonValue {
  if (text === "") return nothingOf(field);
  return field.kind === "integer" && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** An instant in the zone of the reader, kept in UTC. */
function InstantEditor({ id, field, value, isFixed, className, aria, onChange }: Omit<EditorProps, "label">) {
  const at = typeof value === "string" ? new Date(value) : undefined;
  if (isFixed)
    return (
      <output id={id} className="px-2 text-base">
        {at && <Time at={at} />}
      </output>
    );
  const shown =
    at && !Number.isNaN(at.getTime())
      ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
      : "";
  return (
    <input
      id={id}
      type="datetime-local"
      step={1}
      value={shown}
      onChange={({ target }) => {
        const read = new Date(target.value);
        onChange(Number.isNaN(read.getTime()) ? nothingOf(field) : read.toISOString());
      }}
      className={className}
      {...aria}
    />
  );
}

/** A customer or user that the record belongs to: looked up by letters, opened by a link. */
function ReferenceEditor({ id, label, field, value, isFixed, className, aria, onChange }: EditorProps) {
  const named = (value ?? null) as string | number | null;
  const referred = useReferred(field.refers, named);
  const open = referred.id !== undefined && referred.kind !== undefined && (
    <Link
      to={`${kinds[referred.kind].path}/$id`}
      params={{ id: referred.id }}
      aria-label={messages.record.open(referred.name)}
      title={messages.record.open(referred.name)}
      className="grid size-7 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-text"
    >
      <ArrowUpRight size={15} aria-hidden />
    </Link>
  );
  return (
    <>
      {isFixed ? (
        <input id={id} readOnly value={referred.name} className="said min-w-0 flex-1 bg-transparent px-2" />
      ) : (
        <LookUp
          id={id}
          refers={field.refers ?? "customer"}
          value={named}
          onChange={onChange}
          className={className}
          {...aria}
        />
      )}
      {open}
      <span className="sr-only">{label}</span>
    </>
  );
}

/** A set: its entries can be taken out, and others put in. */
function SetEditor({
  id,
  label,
  field,
  value,
  isFixed,
  aria,
  onChange,
}: Omit<EditorProps, "value" | "className"> & { value: readonly string[] }) {
  const [typed, setTyped] = useState("");
  const add = (entry: string) => {
    const text = entry.trim();
    if (text !== "" && !value.includes(text)) onChange([...value, text]);
    setTyped("");
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && typed !== "") {
      event.preventDefault();
      event.stopPropagation();
      add(typed);
    } else if (event.key === "Backspace" && typed === "" && value.length > 0) onChange(value.slice(0, -1));
  };
  return (
    <span className="flex min-w-0 flex-1 flex-wrap items-center gap-1 px-2 py-0.5">
      {value.map((entry) => (
        <Chip
          key={entry}
          onRemove={isFixed ? undefined : () => onChange(value.filter((one) => one !== entry))}
          removeLabel={messages.record.removeEntry(entry)}
        >
          {entry}
        </Chip>
      ))}
      {isFixed ? (
        <output id={id}>
          {value.length === 0 && <span className="text-faint">{messages.values.none}</span>}
        </output>
      ) : field.refers ? (
        <AddNamed {...{ id, label, field, value, aria }} onAdd={add} />
      ) : (
        <input
          id={id}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          onKeyDown={press}
          onBlur={() => add(typed)}
          placeholder={messages.record.addEntry}
          className="said min-h-7 min-w-24 flex-1 rounded-md bg-transparent px-1 outline-none focus-visible:outline-2 focus-visible:outline-accent"
          {...aria}
        />
      )}
    </span>
  );
}

/** Puts one of the tenant's named records into a set. */
function AddNamed({
  id,
  label,
  field,
  value,
  aria,
  onAdd,
}: Pick<EditorProps, "id" | "label" | "field" | "aria"> & {
  value: readonly string[];
  onAdd(entry: string): void;
}) {
  const named = useNamed(field.refers ?? "groupTag").filter((one) => !value.includes(String(one.value)));
  return (
    <select
      id={id}
      value=""
      title={messages.record.addTo(label)}
      onChange={({ target }) => onAdd(target.value)}
      className="min-h-7 w-16 cursor-pointer appearance-none rounded-md bg-transparent px-1 text-base text-faint hover:bg-hover"
      {...aria}
    >
      <option value="">{messages.record.addEntry}</option>
      {named.map((one) => (
        <option key={one.value} value={String(one.value)}>
          {one.name}
        </option>
      ))}
    </select>
  );
}

/** Takes a value away. */
export function ClearButton({ label, onClear }: { label: string; onClear(): void }) {
  return (
    <IconButton label={label} onClick={onClear}>
      <X size={13} aria-hidden />
    </IconButton>
  );
}
