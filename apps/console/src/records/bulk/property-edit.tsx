import type { JsonObject, JsonValue } from "@roster/domain";
import { useId, useState } from "react";
import { textOf } from "../../fields/value.tsx";
import { Fault, Input, Select } from "../../ui/field.tsx";
import { work } from "../../work-messages.ts";
import { choicesOf, pathsOf, readTyped, schemaAt } from "../properties.ts";

const words = work.bulk;

/** The place within a JSON field, as a dotted path, and the value that is set there, by the schema if there is one. */
export function PropertyEdit({
  path,
  value,
  schema,
  fault,
  onChange,
}: {
  path: string;
  /** Undefined if the place is cleared. */
  value: JsonValue | undefined;
  schema: JsonObject | null;
  fault: string | undefined;
  onChange(next: { path?: string; value?: JsonValue }): void;
}) {
  const known = useId();
  // The text stands as it is typed, whatever value it is read as.
  const [text, setText] = useState("");
  const choices = choicesOf(schemaAt(schema, path.split(".")));
  const move = (to: string) => {
    const there = schemaAt(schema, to.split("."));
    onChange({ path: to, value: choicesOf(there)?.[0] ?? readTyped(text, null, there) });
  };
  return (
    <div className="grid gap-1">
      <div className="grid gap-2 sm:grid-cols-2">
        <Input
          aria-label={words.property}
          placeholder={words.propertyHint}
          aria-invalid={fault !== undefined}
          list={known}
          value={path}
          onChange={({ target }) => move(target.value.trim())}
          className="font-mono text-xs"
        />
        <datalist id={known}>
          {pathsOf(schema).map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        {value === undefined ? null : choices ? (
          <Select
            aria-label={words.value}
            value={JSON.stringify(value)}
            onChange={({ target }) => onChange({ value: JSON.parse(target.value) as JsonValue })}
          >
            {choices.map((one) => (
              <option key={JSON.stringify(one)} value={JSON.stringify(one)}>
                {textOf(one)}
              </option>
            ))}
          </Select>
        ) : (
          <Input
            aria-label={words.value}
            placeholder={words.valueHint}
            title={words.valueHint}
            dir="auto"
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              onChange({ value: readTyped(target.value, null, schemaAt(schema, path.split("."))) });
            }}
          />
        )}
      </div>
      {fault !== undefined && <Fault>{fault}</Fault>}
    </div>
  );
}
