import { isJsonObject, pointer, type JsonObject, type JsonValue } from "@roster/domain";
import { Link } from "@tanstack/react-router";
import { Braces, ListTree, Plus } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { nameOf, type AnyRecord } from "../kind.ts";
import { choicesOf, put, readTyped, schemaAt } from "../properties.ts";
import { textOf } from "../../fields/value.tsx";
import { messages } from "../../messages.ts";
import { Button, IconButton, TextButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Fault, Input, TextArea } from "../../ui/field.tsx";
import type { Faults } from "./faults.ts";
import { ClearButton, Row, valueClass, type ValueState } from "./field-row.tsx";

const words = messages.record;

/** A JSON field as a tree of values or as text, with the values that it inherits. */
export function PropertiesEditor({
  name,
  label,
  value,
  before,
  computed,
  ancestors,
  schema,
  readOnly,
  faults,
  onChange,
}: {
  /** The name of the field. */
  name: string;
  label: string;
  value: JsonObject | null;
  /** The value that is saved. */
  before: JsonObject | null;
  /** The value with what is inherited; undefined where nothing can be. */
  computed: JsonObject | undefined;
  /** From the parent up. */
  ancestors: readonly AnyRecord[];
  /** The tenant's schema of the field, if it is known. */
  schema: JsonObject | null;
  readOnly: boolean;
  faults: Faults;
  onChange(value: JsonValue): void;
}) {
  const [asJson, setAsJson] = useState(false);
  const inherited = Object.entries(computed ?? {}).filter(([key]) => !Object.hasOwn(value ?? {}, key));
  const set = (path: readonly string[], to: JsonValue | undefined) => {
    const next = put(value ?? {}, path, to);
    onChange(Object.keys(next).length === 0 && before === null ? null : next);
  };
  return (
    <section aria-label={label} className="grid gap-1">
      <div className="flex items-center gap-1">
        <h2 className="flex-1 text-sm font-semibold text-muted">{label}</h2>
        <IconButton label={words.tree} aria-pressed={!asJson} onClick={() => setAsJson(false)}>
          <ListTree size={14} aria-hidden />
        </IconButton>
        <IconButton label={words.json} aria-pressed={asJson} onClick={() => setAsJson(true)}>
          <Braces size={14} aria-hidden />
        </IconButton>
      </div>
      {asJson ? (
        <JsonEditor {...{ name, label, value, readOnly, onChange }} />
      ) : (
        <>
          {leavesOf(value ?? {}).map(([path, leaf]) => (
            <PropertyRow
              key={pointer(...path)}
              path={path}
              id={`${name}${pointer(...path)}`}
              value={leaf}
              state={isAt(before, path, leaf) ? "plain" : "changed"}
              schema={schemaAt(schema, path)}
              readOnly={readOnly}
              fault={faults[pointer(name, ...path)]}
              onChange={(to) => set(path, to)}
            />
          ))}
          {inherited.map(([key, from]) => (
            <InheritedRow
              key={key}
              name={key}
              value={from}
              source={ancestors.find((one) => isJsonObject(one[name]) && Object.hasOwn(one[name], key))}
              onOverride={readOnly ? undefined : () => set([key], from)}
            />
          ))}
          {!readOnly && (
            <AddProperty known={Object.keys(value ?? {})} schema={schema} onAdd={(key) => set([key], "")} />
          )}
        </>
      )}
    </section>
  );
}

/** The values of an object that are no objects, with their places. An empty object is a value. */
function leavesOf(value: JsonObject, path: readonly string[] = []): [string[], JsonValue][] {
  return Object.entries(value).flatMap(([key, one]): [string[], JsonValue][] => {
    const here = [...path, key];
    return isJsonObject(one) && Object.keys(one).length > 0 ? leavesOf(one, here) : [[here, one]];
  });
}

function isAt(value: JsonValue | undefined, path: readonly string[], leaf: JsonValue): boolean {
  let at: JsonValue | undefined = value;
  for (const key of path) at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return JSON.stringify(at) === JSON.stringify(leaf);
}

function PropertyRow({
  path,
  id,
  value,
  state,
  schema,
  readOnly,
  fault,
  onChange,
}: {
  path: readonly string[];
  id: string;
  value: JsonValue;
  state: ValueState;
  schema: JsonObject | undefined;
  readOnly: boolean;
  fault: string | undefined;
  onChange(value: JsonValue | undefined): void;
}) {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  const title = typeof schema?.["title"] === "string" ? schema["title"] : undefined;
  const aria = {
    "aria-invalid": fault !== undefined,
    "aria-describedby": fault === undefined ? undefined : `${id}-fault`,
  };
  // The type stays that of the value with which the editing began.
  const [first] = useState(value);
  const choices = choicesOf(schema) ?? (typeof value === "boolean" ? [true, false] : undefined);
  return (
    <Row id={id} label={path.join(".")} isCode {...(title !== undefined && { title })} fault={fault}>
      {choices && !readOnly ? (
        <select
          id={id}
          value={JSON.stringify(value)}
          onChange={({ target }) => onChange(JSON.parse(target.value) as JsonValue)}
          className={cx(valueClass(state), "cursor-pointer")}
          {...aria}
        >
          {!choices.some((one) => JSON.stringify(one) === JSON.stringify(value)) && (
            <option value={JSON.stringify(value)}>{shown}</option>
          )}
          {choices.map((one) => (
            <option key={JSON.stringify(one)} value={JSON.stringify(one)}>
              {textOf(one)}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          value={shown}
          readOnly={readOnly}
          dir="auto"
          onChange={({ target }) => onChange(readTyped(target.value, first, schema))}
          className={valueClass(state)}
          {...aria}
        />
      )}
      {!readOnly && (
        <ClearButton label={words.removeProperty(path.join("."))} onClear={() => onChange(undefined)} />
      )}
    </Row>
  );
}

function InheritedRow({
  name,
  value,
  source,
  onOverride,
}: {
  name: string;
  value: JsonValue;
  /** The nearest ancestor that has the value. */
  source: AnyRecord | undefined;
  onOverride: (() => void) | undefined;
}) {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <div className="grid grid-cols-1 gap-x-3 border-b border-line py-0.5 sm:grid-cols-[9rem_minmax(0,1fr)]">
      <span className="said pt-1.5 font-mono text-xs leading-5 text-muted">{name}</span>
      <span className="flex min-h-8 flex-wrap items-center gap-x-3 px-2">
        <span className="said text-muted">{shown}</span>
        {source ? (
          <Link
            to="/customers/$id"
            params={{ id: source.id }}
            className="said text-xs text-faint underline-offset-2 hover:underline"
          >
            {words.from(nameOf("customer", source))}
          </Link>
        ) : (
          <span className="text-xs text-faint">{words.inherited}</span>
        )}
        {onOverride && (
          <TextButton className="text-xs" onClick={onOverride}>
            {words.override(name)}
          </TextButton>
        )}
      </span>
    </div>
  );
}

function AddProperty({
  known,
  schema,
  onAdd,
}: {
  known: readonly string[];
  schema: JsonObject | null;
  onAdd(key: string): void;
}) {
  const [open, setOpen] = useState(false);
  const [key, setKey] = useState("");
  const own = schema?.["properties"];
  const offered = isJsonObject(own) ? Object.keys(own).filter((one) => !known.includes(one)) : [];
  const add = () => {
    if (key.trim() === "" || known.includes(key.trim())) return;
    onAdd(key.trim());
    setKey("");
    setOpen(false);
  };
  // Enter adds the property; the form around it is that of the record.
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  if (!open)
    return (
      <TextButton className="mt-1 justify-self-start" onClick={() => setOpen(true)}>
        <Plus size={13} aria-hidden className="mr-1 inline" />
        {words.addProperty}
      </TextButton>
    );
  return (
    <div className="mt-1 flex max-w-sm gap-2">
      <Input
        autoFocus
        aria-label={words.propertyName}
        placeholder={words.propertyName}
        list="known-properties"
        value={key}
        onChange={({ target }) => setKey(target.value)}
        onKeyDown={press}
        className="font-mono text-xs"
      />
      <datalist id="known-properties">
        {offered.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <Button onClick={add}>{words.addEntry}</Button>
    </div>
  );
}

/** The value as JSON text. While it is none, the value stays as it was. */
function JsonEditor({
  name,
  label,
  value,
  readOnly,
  onChange,
}: {
  name: string;
  label: string;
  value: JsonObject | null;
  readOnly: boolean;
  onChange(value: JsonValue): void;
}) {
  const [text, setText] = useState(() => JSON.stringify(value ?? {}, undefined, 2));
  const [fault, setFault] = useState<string>();
  const change = (next: string) => {
    setText(next);
    try {
      const read = JSON.parse(next) as JsonValue;
      if (!isJsonObject(read)) return setFault("must be an object: { … }");
      setFault(undefined);
      onChange(read);
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className="grid gap-1">
      <TextArea
        id={`field-${name}-json`}
        aria-label={`${label}, ${words.json}`}
        aria-invalid={fault !== undefined}
        rows={Math.min(Math.max(text.split("\n").length, 4), 24)}
        spellCheck={false}
        readOnly={readOnly}
        value={text}
        onChange={({ target }) => change(target.value)}
        className="font-mono text-xs"
      />
      {fault !== undefined && <Fault>{fault}</Fault>}
    </div>
  );
}
