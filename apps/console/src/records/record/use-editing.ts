import { isConflict, isInvalid, isStale } from "@roster/client";
import { jsonEqual, pointer, type Change, type JsonValue } from "@roster/domain";
import { useEffect, useMemo, useRef, useState } from "react";
import { arriving } from "../../app/connection.ts";
import { useSession } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { errorText } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { keepDraft, readDraft } from "../drafts.ts";
import { changesBetween, editsBetween } from "../edits.ts";
import type { AnyRecord, Kind } from "../kind.ts";
import { faultOf, readFaults, type Faults } from "./faults.ts";

/** Milliseconds of rest after which what was typed is checked. */
const pause = 350;

/** Both sides, if others saved the record while it was being edited. */
interface Conflict {
  base: AnyRecord;
  mine: AnyRecord;
  theirs: AnyRecord;
}

export interface Editing {
  /** The record that the typing began on. */
  base: AnyRecord;
  /** The record with what was typed into it. */
  target: AnyRecord;
  /** The changes that a save would make, as computed by the server once it has checked them. */
  changes: readonly Change[];
  isDirty: boolean;
  /** When a draft that is shown again was typed. */
  restored: string | undefined;
  reason: string;
  faults: Faults;
  /** The fault of the record as a whole. */
  problem: string | undefined;
  saving: boolean;
  conflict: Conflict | undefined;
  set(name: string, value: JsonValue): void;
  setReason(reason: string): void;
  fault(name: string): string | undefined;
  discard(): void;
  /** @returns whether it is saved */
  save(): Promise<boolean>;
  /** Goes on with their record and what is kept of mine, and saves it. */
  resolve(target: AnyRecord): Promise<void>;
  /** Drops mine. */
  takeTheirs(): void;
  closeConflict(): void;
}

/**
 * The editing of a record. Unsaved values are kept on this device, checked as one types, and saved as one
 * update.
 *
 * @param record the record as it is now; it changes while others save
 * @param onSaved called with the record after a save, and the version before it
 */
export function useEditing(
  kind: Kind,
  record: AnyRecord,
  onSaved: (record: AnyRecord, before: number) => void,
): Editing {
  const { fields, name } = kind;
  const tenant = useSession().tenant.id;
  const { id } = record;
  const [base, setBase] = useState(record);
  const [values, setValues] = useState<Record<string, JsonValue>>({});
  const [reason, setReason] = useState("");
  const [restored, setRestored] = useState<string>();
  const [checked, setChecked] = useState<{
    of: object;
    faults: Faults;
    changes: readonly Change[] | undefined;
  }>();
  const [problem, setProblem] = useState<string>();
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState<Conflict>();

  const isDirty = Object.keys(values).length > 0;
  // Without anything typed, the form shows the record as it is.
  const ground = isDirty ? base : record;
  const target = useMemo(() => ({ ...ground, ...values }), [ground, values]);
  const local = useMemo(() => changesBetween(fields, ground, target), [fields, ground, target]);

  // A draft of an earlier visit goes on from the version that it began on.
  useEffect(() => {
    const draft = readDraft(tenant, name, id);
    if (!draft) return undefined;
    let gone = false;
    const show = (from: AnyRecord) => {
      if (gone) return;
      setBase(from);
      setValues(draft.values);
      setReason(draft.reason);
      setRestored(draft.at);
    };
    if (draft.version === record.version) show(record);
    else kind.at(id, draft.version).then(show, () => show(record));
    return () => void (gone = true);
    // oxlint-disable-next-line react/exhaustive-deps -- a draft is read once for each record
  }, [tenant, name, id]);

  const isKept = useRef(false);
  useEffect(() => {
    if (isDirty) {
      isKept.current = true;
      keepDraft(tenant, name, id, {
        version: base.version,
        values,
        reason,
        at: new Date().toISOString(),
      });
    } else if (isKept.current) {
      isKept.current = false;
      keepDraft(tenant, name, id, undefined);
    }
  }, [tenant, name, id, isDirty, base.version, values, reason]);

  // Checks what was typed here first, and then by a dry run, which sees what only the server knows.
  useEffect(() => {
    if (!isDirty) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      void (async () => {
        // Without the rules here, the server reports the same faults.
        const found = await arriving(() => import("../../fields/check.ts")).then(
          ({ checkValues }) => checkValues(fields, values),
          () => ({}),
        );
        const faults = Object.fromEntries(Object.entries(found).map(([at, words]) => [pointer(at), words]));
        if (stop.signal.aborted) return;
        setChecked({ of: values, faults, changes: undefined });
        if (Object.keys(faults).length > 0) return;
        try {
          const request = {
            ...editsBetween(fields, base, target),
            where: { id },
            expectedVersion: base.version,
            onConflict: "rebase" as const,
          };
          const { changes } = await kind.update({ ...request, dryRun: true }, stop.signal);
          if (!stop.signal.aborted) setChecked({ of: values, faults: {}, changes });
        } catch (error) {
          // A conflict or a lost connection is reported on saving.
          if (stop.signal.aborted || isStale(error)) return;
          if (isInvalid(error) || isConflict(error))
            setChecked({ of: values, faults: readFaults(error, fields).at, changes: undefined });
        }
      })();
    }, pause);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [kind, fields, id, isDirty, base, values, target]);

  const faults = isDirty ? (checked?.faults ?? {}) : {};
  const clear = () => {
    setValues({});
    setReason("");
    setRestored(undefined);
    setChecked(undefined);
    setProblem(undefined);
  };

  /** Saves the way from one state to another. */
  const send = async (from: AnyRecord, to: AnyRecord): Promise<boolean> => {
    setSaving(true);
    setProblem(undefined);
    try {
      const { record: saved, applied } = await kind.update({
        ...editsBetween(fields, from, to),
        where: { id },
        expectedVersion: from.version,
        ...(reason.trim() !== "" && { reason: reason.trim() }),
      });
      setConflict(undefined);
      keepDraft(tenant, name, id, undefined);
      clear();
      setBase(saved);
      if (applied) onSaved(saved, from.version);
      else toast(messages.record.unchanged);
      return true;
    } catch (error) {
      if (isStale(error)) {
        const theirs = await kind.get({ id }).catch(() => undefined);
        if (theirs) setConflict({ base: from, mine: to, theirs });
        else setProblem(errorText(error));
      } else if (isInvalid(error) || isConflict(error)) {
        setConflict(undefined);
        const { at, others } = readFaults(error, fields);
        setChecked({ of: values, faults: at, changes: undefined });
        const count = Object.keys(at).length;
        setProblem(
          others.length > 0
            ? others.join("; ")
            : count === 0
              ? errorText(error)
              : messages.record.cannotSave(count),
        );
      } else setProblem(errorText(error));
      return false;
    } finally {
      setSaving(false);
    }
  };

  return {
    base: ground,
    target,
    changes: (checked?.of === values && checked.changes) || local,
    isDirty,
    restored,
    reason,
    faults,
    problem,
    saving,
    conflict,
    set(field, value) {
      const from = isDirty ? base : record;
      if (!isDirty) setBase(record);
      setProblem(undefined);
      setValues((before) => {
        const next = { ...before, [field]: value };
        if (jsonEqual(from[field] ?? null, value)) delete next[field];
        return next;
      });
      setChecked((before) => before && { ...before, faults: without(before.faults, field) });
    },
    setReason,
    fault: (field) => faultOf(faults, field),
    discard: clear,
    save: () => send(base, target),
    async resolve(to) {
      if (!conflict) return;
      const { theirs } = conflict;
      // My values that are kept stay in the form, whatever the answer.
      setBase(theirs);
      setValues(valuesOf(theirs, to));
      await send(theirs, to);
    },
    takeTheirs() {
      setConflict(undefined);
      clear();
      toast(messages.conflict.tookTheirs);
    },
    closeConflict: () => setConflict(undefined),
  };
}

/** The values that differ from a record, as if they were typed into it. */
function valuesOf(from: AnyRecord, to: AnyRecord): Record<string, JsonValue> {
  const values: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(to))
    if (value !== undefined && !jsonEqual(from[name], value)) values[name] = value;
  return values;
}

/** Faults without those of a field, which is being mended. */
const without = (faults: Faults, field: string): Faults =>
  Object.fromEntries(
    Object.entries(faults).filter(
      ([path]) => path !== pointer(field) && !path.startsWith(`${pointer(field)}/`),
    ),
  );
