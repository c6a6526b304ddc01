import { FileError, type FileType } from "@roster/client/import";
import { FileUp } from "lucide-react";
import { useId, useState, type DragEvent } from "react";
import { kinds } from "../../records/kind.ts";
import { cx } from "../../ui/class.ts";
import { Field, Select } from "../../ui/field.tsx";
import { EmptyState, ErrorNotice } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { chooseFile, importing, type ImportState } from "./import-store.ts";
import { Problems } from "./problems.tsx";

const words = work.importing;

/** Asks for a file, by a dialog of the browser or by dropping it. */
export function ChooseFile({
  types,
  state,
}: {
  types: readonly FileType[];
  state: Extract<ImportState, { step: "choose" }>;
}) {
  const id = useId();
  const [over, setOver] = useState(false);
  const type = types.includes(state.type) ? state.type : types[0];
  if (type === undefined) return <EmptyState title={words.needs} />;
  const take = (file: File | undefined) => file && void chooseFile(file, type);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <>
      <div className="w-56">
        <Field id={`${id}-type`} label={words.into}>
          <Select
            id={`${id}-type`}
            value={type}
            onChange={({ target }) => importing.set({ step: "choose", type: target.value as FileType })}
          >
            {types.map((one) => (
              <option key={one} value={one}>
                {kinds[one].noun.title}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <label
        htmlFor={`${id}-file`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={cx(
          "grid justify-items-center gap-2 rounded-xl border border-dashed px-6 py-16 text-center",
          "focus-within:outline-2 focus-within:outline-accent",
          over ? "border-accent bg-accent-soft" : "border-line-strong bg-surface hover:bg-hover",
        )}
      >
        <FileUp size={22} aria-hidden className="text-muted" />
        <span className="text-lg font-semibold text-accent-text">{words.choose}</span>
        <span className="text-sm text-muted">{words.drop}</span>
        <input
          id={`${id}-file`}
          type="file"
          aria-label={words.choose}
          accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,text/csv,application/json"
          className="sr-only"
          onChange={({ target }) => take(target.files?.[0])}
        />
      </label>
      {/* Browsers make digests on safe connections alone. */}
      {!window.isSecureContext && <Problems problems={[words.insecure]} />}
      {state.problem !== undefined &&
        (state.problem instanceof FileError ? (
          <Problems problems={state.problem.problems} />
        ) : (
          <ErrorNotice error={state.problem} />
        ))}
    </>
  );
}
