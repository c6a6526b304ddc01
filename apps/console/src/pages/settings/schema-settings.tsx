import type { JsonObject, JsonValue, Misfit } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client, trpc } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { Button } from "../../ui/button.tsx";
import { Fault, Field, TextArea } from "../../ui/field.tsx";
import { errorText, ErrorNotice, Notice, Skeleton } from "../../ui/states.tsx";
import { Section } from "../../ui/page.tsx";
import { work } from "../../work-messages.ts";
import { useChange } from "./use-change.ts";

const words = work.settings.schema;

/** The schema of customers' properties, and who would not fit another one. */
export function SchemaSettings() {
  const { data, error, refetch } = useQuery(trpc.tenant.get.queryOptions());
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-64 w-full" />;
  return <SchemaForm key={data.version} schema={data.propertiesSchema} />;
}

function SchemaForm({ schema: stored }: { schema: JsonValue }) {
  const isAdmin = useMay("admin");
  const [text, setText] = useState(stored === null ? "" : JSON.stringify(stored, null, 2));
  const [invalid, setInvalid] = useState(false);
  const check = useChange(
    (schema: JsonObject | null) => client.tenant.setPropertiesSchema.mutate({ schema, dryRun: true }),
    undefined,
  );
  const save = useChange(
    (schema: JsonObject | null) =>
      // The reader has seen who does not fit; they stay as they are.
      client.tenant.setPropertiesSchema.mutate({ schema, acceptMisfits: true }),
    words.savedText,
  );
  const read = (): JsonObject | null | undefined => {
    if (text.trim() === "") return null;
    try {
      const value: unknown = JSON.parse(text);
      setInvalid(false);
      return value as JsonObject;
    } catch {
      setInvalid(true);
      return undefined;
    }
  };
  const run = (how: typeof check) => () => {
    const schema = read();
    if (schema !== undefined) how.mutate(schema);
  };
  const failure = check.error ?? save.error;
  return (
    <Section title={work.settings.sections.schema}>
      <p className="text-sm text-muted">{words.intro}</p>
      {stored === null && !isAdmin ? (
        <p className="text-sm">{words.none}</p>
      ) : (
        <Field id="schema" label={words.label} fault={invalid ? words.invalid : undefined}>
          <TextArea
            id="schema"
            rows={16}
            spellCheck={false}
            readOnly={!isAdmin}
            aria-invalid={invalid}
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              check.reset();
            }}
            className="font-mono text-xs"
          />
        </Field>
      )}
      {failure !== null && <Fault>{errorText(failure)}</Fault>}
      {isAdmin && (
        <div className="flex flex-wrap gap-2">
          <Button look={check.data ? "plain" : "primary"} disabled={check.isPending} onClick={run(check)}>
            {words.check}
          </Button>
          {check.data && (
            <Button look="primary" disabled={save.isPending} onClick={run(save)}>
              {text.trim() === "" ? words.remove : words.save}
            </Button>
          )}
        </div>
      )}
      {check.data && (
        <Notice tone={check.data.misfitCount > 0 ? "warning" : "accent"}>
          {check.data.misfitCount === 0 ? words.fits : words.misfits(check.data.misfitCount)}
        </Notice>
      )}
      {check.data && check.data.misfits.length > 0 && <Misfits misfits={check.data.misfits} />}
    </Section>
  );
}

function Misfits({ misfits }: { misfits: readonly Misfit[] }) {
  return (
    <ul
      aria-label={words.check}
      className="rounded-lg border border-line bg-surface [&>li:not(:last-child)]:border-b [&>li]:border-line"
    >
      {misfits.map(({ id, providedId, faults }) => (
        <li key={id} className="grid gap-x-4 px-4 py-2 text-sm sm:grid-cols-[14rem_minmax(0,1fr)]">
          <Link to="/customers/$id" params={{ id }} className="said rounded-sm font-medium hover:underline">
            {providedId ?? `…${id.slice(-6)}`}
          </Link>
          <span className="said text-removed">
            {faults.map(({ pointer, message }) => `${pointer} ${message}`).join("; ")}
          </span>
        </li>
      ))}
    </ul>
  );
}
