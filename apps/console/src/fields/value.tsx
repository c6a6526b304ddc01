import { isJsonObject, type Field, type JsonValue } from "@roster/domain";
import { messages } from "../messages.ts";
import { Chip } from "../ui/chip.tsx";
import { Time } from "../ui/time.tsx";
import { ReferenceName } from "./reference.tsx";

/** A value as people read it. It is always text, whatever it holds. */
export function Value({ field, value }: { field: Field | undefined; value: JsonValue | undefined }) {
  if (value === null || value === undefined || value === "")
    return <span className="text-faint">{messages.values.empty}</span>;
  if (Array.isArray(value))
    return value.length === 0 ? (
      <span className="text-faint">{messages.values.none}</span>
    ) : (
      <span className="flex flex-wrap gap-1">
        {value.map((entry, index) => (
          <Chip key={index}>{textOf(entry)}</Chip>
        ))}
      </span>
    );
  if (field?.kind === "instant" && typeof value === "string") return <Time at={value} />;
  if (field?.kind === "date" && typeof value === "string") return <span className="tabular">{value}</span>;
  if (field?.kind === "country" && typeof value === "string") return <>{countryName(value)}</>;
  if (field?.refers && (typeof value === "string" || typeof value === "number"))
    return <ReferenceName refers={field.refers} value={value} />;
  return <span className="said">{textOf(value)}</span>;
}

/** A value as plain text. */
export function textOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return messages.values.empty;
  if (typeof value === "boolean") return value ? messages.values.yes : messages.values.no;
  if (typeof value === "string") return value;
  if (isJsonObject(value) || Array.isArray(value)) return JSON.stringify(value);
  return String(value);
}

const regions = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

/** The English name of a country by its ISO code. */
export function countryName(code: string): string {
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}
