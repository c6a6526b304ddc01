import { indexedProperties, operatorsOf, type Field, type JsonValue, type Operator } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { trpc } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { LookUp } from "../../fields/look-up.tsx";
import { NamedSelect } from "../../fields/named-select.tsx";
import { referredKind } from "../../fields/reference.tsx";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { Field as Labelled, Input, Select } from "../../ui/field.tsx";
import type { Kind } from "../kind.ts";
import { conditionFields, type Condition } from "./conditions.ts";

const words = messages.list;

/** The operators that a person can choose for a field. */
const choices = (field: Field): (Operator | "absent")[] =>
  operatorsOf(field).flatMap((operator) =>
    operator === "present" ? (["present", "absent"] as const) : [operator],
  );

/** Asks for a condition: the field, the operator, the value. */
export default function ConditionForm({ kind, onAdd }: { kind: Kind; onAdd(condition: Condition): void }) {
  const isAdmin = useMay("admin");
  const tenant = useQuery({
    ...trpc.tenant.get.queryOptions(),
    enabled: isAdmin && kind.name === "customer",
  });
  const properties = indexedProperties(tenant.data?.propertiesSchema ?? null).map((at) =>
    at.slice(1).replaceAll("/", "."),
  );
  const fields = conditionFields(kind.name, properties);
  const [name, setName] = useState("name");
  const chosen = fields.find((one) => one.name === name) ?? fields[0];
  const operators = chosen ? choices(chosen.field) : [];
  const [wanted, setOperator] = useState<Condition["operator"]>();
  const operator = operators.find((one) => one === wanted) ?? operators[0];
  const [value, setValue] = useState<JsonValue>("");
  if (!chosen || operator === undefined) return null;

  const needsValue = operator !== "present" && operator !== "absent";
  const read = readValue(chosen.field, operator, value);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (needsValue && read === undefined) return;
    onAdd({ ...chosen, operator, value: needsValue ? read : undefined });
  };
  return (
    <form className="grid gap-3" onSubmit={submit}>
      <Labelled id="filter-field" label={words.filter}>
        <Select
          id="filter-field"
          value={chosen.name}
          onChange={(event) => {
            setName(event.target.value);
            setValue("");
          }}
        >
          {fields.map((one) => (
            <option key={one.name} value={one.name}>
              {one.label}
            </option>
          ))}
        </Select>
      </Labelled>
      <div className="grid grid-cols-[9rem_1fr] gap-2">
        <Select
          aria-label={messages.operators.equals}
          value={operator}
          onChange={(event) => setOperator(event.target.value as Condition["operator"])}
        >
          {operators.map((one) => (
            <option key={one} value={one}>
              {messages.operators[one]}
            </option>
          ))}
        </Select>
        {needsValue && (
          <ConditionValue field={chosen.field} operator={operator} value={value} onChange={setValue} />
        )}
      </div>
      {operator === "in" && <p className="text-xs text-faint">{words.valuesHint}</p>}
      <Button type="submit" look="primary" disabled={needsValue && read === undefined}>
        {words.apply}
      </Button>
    </form>
  );
}

/** A value of a condition as the api takes it; undefined if there is none. */
function readValue(field: Field, operator: Condition["operator"], value: JsonValue): JsonValue | undefined {
  if (typeof value !== "string") return value ?? undefined;
  if (value.trim() === "") return undefined;
  if (operator === "in") {
    const values = value.split(",").flatMap((part) => readValue(field, "equals", part.trim()) ?? []);
    return values.length > 0 ? values : undefined;
  }
  if (field.kind === "integer") return /^\d+$/.test(value) ? Number(value) : undefined;
  if (field.kind === "boolean") return value === "true";
  if (field.kind === "instant") {
    const at = new Date(value);
    return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  }
  return value;
}

function ConditionValue({
  field,
  operator,
  value,
  onChange,
}: {
  field: Field;
  operator: Condition["operator"];
  value: JsonValue;
  onChange(value: JsonValue): void;
}) {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const label = words.equals;
  const isOne = operator === "equals" || operator === "contains";
  if (isOne && field.refers && referredKind(field.refers))
    return (
      <LookUp
        id="filter-value"
        label={label}
        refers={field.refers}
        value={value === "" ? null : (value as string | number)}
        onChange={(next) => onChange(next ?? "")}
      />
    );
  if (isOne && field.refers)
    return (
      <NamedSelect
        id="filter-value"
        label={label}
        refers={field.refers}
        value={value === "" ? null : (value as string | number)}
        onChange={(next) => onChange(next ?? "")}
      />
    );
  if (isOne && (field.options || field.kind === "boolean"))
    return (
      <Select aria-label={label} value={text} onChange={(event) => onChange(event.target.value)}>
        <option value="" />
        {field.kind === "boolean" ? (
          <>
            <option value="true">{messages.values.yes}</option>
            <option value="false">{messages.values.no}</option>
          </>
        ) : (
          field.options?.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))
        )}
      </Select>
    );
  const type =
    operator === "in"
      ? "text"
      : field.kind === "date"
        ? "date"
        : field.kind === "instant"
          ? "datetime-local"
          : "text";
  return (
    <Input
      aria-label={label}
      type={type}
      value={text}
      autoFocus
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
