import {
  fieldGroups,
  findables,
  groupOf,
  isJsonObject,
  isShown,
  jsonEqual,
  type Field,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import { ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";
import { messages } from "../../messages.ts";
import { TextButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { fieldLabel, type AnyRecord, type Kind } from "../kind.ts";
import type { Faults } from "./faults.ts";
import { faultOf } from "./faults.ts";
import { FieldRow } from "./field-row.tsx";
import { PropertiesEditor } from "./properties-editor.tsx";

interface FormProps {
  kind: Kind;
  /** The record with what is typed into it. */
  target: AnyRecord;
  /** The record as it is saved; undefined for a new one. */
  saved: AnyRecord | undefined;
  readOnly: boolean;
  faults: Faults;
  /** The notes below fields, by the name of the field. */
  notes?: ReadonlyMap<string, ReactNode>;
  ancestors?: readonly AnyRecord[];
  propertiesSchema?: JsonObject | null;
  onChange(name: string, value: JsonValue): void;
}

const isEmpty = (value: JsonValue | undefined): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** Every field of a record, in the groups of the policy. */
export function RecordForm(props: FormProps) {
  const { kind, saved } = props;
  return (
    <div className="grid gap-6">
      {fieldGroups.map((group) => {
        const names = Object.keys(kind.fields).filter((name) => {
          const field = kind.fields[name] as Field;
          // A new record has no inputs for values that Roster sets; computed ones stand beside their source.
          return (
            isShown(field) &&
            !field.computed &&
            groupOf(field) === group &&
            (saved !== undefined || field.access !== "read")
          );
        });
        if (names.length === 0) return null;
        if (group === "properties") return <JsonFields key={group} {...props} names={names} />;
        return (
          <Group
            key={group}
            {...props}
            names={names}
            title={messages.groups[group]}
            folded={group === "technical"}
          />
        );
      })}
    </div>
  );
}

/** A group shows what has a value and what people look for first; the rest is one press away. */
function Group({
  kind,
  target,
  saved,
  readOnly,
  faults,
  notes,
  onChange,
  names,
  title,
  folded,
}: FormProps & { names: readonly string[]; title: string; folded: boolean }) {
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  // The fields that name a record come first.
  const [first, ...others] = findables(kind.name).get("name")?.from ?? [];
  const isNaming = (name: string) =>
    name === first || (others.includes(name) && isEmpty(target[first ?? ""]));
  const isMain = (name: string) => {
    const field = kind.fields[name] as Field;
    return (
      field.listed === true ||
      isNaming(name) ||
      !isEmpty(saved?.[name]) ||
      !isEmpty(target[name]) ||
      faultOf(faults, name) !== undefined
    );
  };
  const touched = names.some((name) => faultOf(faults, name) !== undefined);
  if (folded && !open && !touched)
    return (
      <button
        type="button"
        aria-expanded={false}
        onClick={() => setOpen(true)}
        className="flex min-h-8 items-center gap-1 justify-self-start rounded-md text-sm font-semibold text-muted hover:text-text"
      >
        <ChevronRight size={14} aria-hidden />
        {title}
        <span className="font-normal text-faint">· {names.length}</span>
      </button>
    );
  const shown = all || folded ? names : names.filter(isMain);
  const rest = names.length - shown.length;
  return (
    <section aria-label={title} className="grid">
      <div className="flex items-center">
        {folded ? (
          <button
            type="button"
            aria-expanded
            onClick={() => setOpen(false)}
            className="flex min-h-8 items-center gap-1 rounded-md text-sm font-semibold text-muted hover:text-text"
          >
            <ChevronRight size={14} aria-hidden className="rotate-90" />
            {title}
          </button>
        ) : (
          <h2 className="pb-1 text-sm font-semibold text-muted">{title}</h2>
        )}
      </div>
      {shown.map((name) => (
        <FieldRow
          key={name}
          name={name}
          label={fieldLabel(kind.fields, name)}
          field={kind.fields[name] as Field}
          value={target[name]}
          state={
            saved === undefined
              ? "new"
              : jsonEqual(saved[name] ?? null, target[name] ?? null)
                ? "plain"
                : "changed"
          }
          readOnly={readOnly}
          fault={faultOf(faults, name)}
          note={notes?.get(name)}
          onChange={(value) => onChange(name, value)}
        />
      ))}
      {(rest > 0 || (all && !folded)) && (
        <TextButton
          className={cx("justify-self-start text-xs", shown.length > 0 && "mt-1")}
          onClick={() => setAll(!all)}
        >
          {all ? messages.record.fewer : `+ ${messages.record.emptyFields(rest)}`}
        </TextButton>
      )}
    </section>
  );
}

/** The JSON fields, each with what it inherits. Those without any value wait until they are wanted. */
function JsonFields({
  kind,
  target,
  saved,
  readOnly,
  faults,
  ancestors = [],
  propertiesSchema = null,
  onChange,
  names,
}: FormProps & { names: readonly string[] }) {
  const [wanted, setWanted] = useState<readonly string[]>([]);
  const objectOf = (value: JsonValue | undefined) => (isJsonObject(value) ? value : null);
  const computedOf = (name: string) => {
    const computed = `computed${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return kind.fields[computed]?.computed ? (objectOf(target[computed]) ?? undefined) : undefined;
  };
  const isShownNow = (name: string) =>
    name === "properties" ||
    wanted.includes(name) ||
    objectOf(target[name]) !== null ||
    Object.keys(computedOf(name) ?? {}).length > 0;
  return (
    <>
      {names.map((name) =>
        isShownNow(name) ? (
          <PropertiesEditor
            key={name}
            name={name}
            label={fieldLabel(kind.fields, name)}
            value={objectOf(target[name])}
            before={objectOf(saved?.[name])}
            computed={computedOf(name)}
            ancestors={ancestors}
            schema={name === "properties" && kind.name === "customer" ? propertiesSchema : null}
            readOnly={readOnly}
            faults={faults}
            onChange={(value) => onChange(name, value)}
          />
        ) : readOnly ? null : (
          <TextButton
            key={name}
            className="justify-self-start text-xs"
            onClick={() => setWanted((before) => [...before, name])}
          >
            + {fieldLabel(kind.fields, name)}
          </TextButton>
        ),
      )}
    </>
  );
}
