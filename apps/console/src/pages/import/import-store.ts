import {
  importRecords,
  inspectFile,
  type FileInfo,
  type FileType,
  type ImportOptions,
  type ImportProgress,
  type ImportResult,
  type Mapping,
  type RowOutcome,
} from "@roster/client/import";
import { client, queryClient } from "../../app/api.ts";
import { createStore } from "../../app/store.ts";

/** How the rows of a file are to be understood. */
export interface Plan {
  type: FileType;
  /** The field by which rows find their records; undefined to make a new record of each row. */
  key: string | undefined;
  /** The meanings of columns that differ from the detected ones, by header. */
  mapping: Mapping;
  empty: "keep" | "clear";
  dateFormat: string | undefined;
}

/** The rows of one outcome that are kept to be shown. */
type Kept = Record<RowOutcome["outcome"], RowOutcome[]>;

interface Chosen {
  file: File;
  plan: Plan;
  info: FileInfo;
}

/** A run and its progress so far. */
interface Run extends Chosen {
  progress: ImportProgress | undefined;
}

/** Where an import is. It goes on while other pages are looked at. */
export type ImportState =
  | { step: "choose"; type: FileType; problem?: unknown }
  | (Chosen & { step: "map"; problem?: unknown })
  | (Run & { step: "checking" })
  | (Run & { step: "preview"; result: ImportResult; kept: Kept; refused: Blob; seconds: number })
  | (Run & { step: "storing" })
  | (Run & { step: "paused"; problem?: unknown })
  | (Run & { step: "done"; result: ImportResult; refused: Blob; stopped: boolean });

/** The most rows of each outcome that are kept to be shown. */
const mostKept = 1_000;

export const importing = createStore<ImportState>({ step: "choose", type: "customer" });

let running = new AbortController();

const optionsOf = ({ file, plan }: Chosen): ImportOptions => ({
  type: plan.type,
  key: plan.key,
  mapping: plan.mapping,
  empty: plan.empty,
  dateFormat: plan.dateFormat,
  unmapped: unmapped(plan.type),
  name: file.name,
});

/** Customers have free properties for what is no field. */
const unmapped = (type: FileType) => (type === "customer" ? "properties" : "ignore");

const inspect = (file: File, plan: Plan): Promise<FileInfo> =>
  inspectFile(file, {
    type: plan.type,
    mapping: plan.mapping,
    dateFormat: plan.dateFormat,
    unmapped: unmapped(plan.type),
  });

/** The keys by which rows can find their records, the most telling first. */
export const keysOf: Record<FileType, readonly string[]> = {
  customer: ["providedId", "id", "number", "referenceId", "email"],
  user: ["username", "id", "number", "email"],
};

/** The first key for which the file has a column. */
const keyIn = (type: FileType, { columns }: FileInfo): string | undefined =>
  keysOf[type].find((key) =>
    columns.some(({ target }) => target?.field === key && target.path.length === 0 && target.op === "set"),
  );

/** Looks at a file, and finds out what its columns mean. */
export async function chooseFile(file: File, type: FileType): Promise<void> {
  const plan: Plan = { type, key: undefined, mapping: {}, empty: "keep", dateFormat: undefined };
  try {
    const info = await inspect(file, plan);
    importing.set({ step: "map", file, info, plan: { ...plan, key: keyIn(type, info) } });
  } catch (problem) {
    importing.set({ step: "choose", type, problem });
  }
}

/** Changes what the columns mean. */
export async function changePlan(change: Partial<Plan>): Promise<void> {
  const before = importing.get();
  if (before.step !== "map") return;
  // The mapping for one type of record does not apply to another.
  const plan = {
    ...before.plan,
    ...change,
    ...(change.type !== undefined && change.type !== before.plan.type && { mapping: {} }),
  };
  importing.set({ ...before, plan });
  try {
    const info = await inspect(before.file, plan);
    const now = importing.get();
    if (now.step !== "map" || now.plan !== plan) return;
    const key = change.type === undefined ? plan.key : keyIn(plan.type, info);
    importing.set({ step: "map", file: before.file, info, plan: { ...plan, key } });
  } catch (problem) {
    importing.set({ ...before, plan, problem });
  }
}

/** Goes back to the mapping. */
export function backToPlan(): void {
  running.abort();
  const now = importing.get();
  if ("info" in now) importing.set({ step: "map", file: now.file, info: now.info, plan: now.plan });
}

/** Begins with another file. */
export function startOver(): void {
  running.abort();
  const now = importing.get();
  importing.set({ step: "choose", type: "plan" in now ? now.plan.type : now.type });
}

const blobOf = (parts: string[]) => new Blob(parts, { type: "text/plain;charset=utf-8" });

/** Shows the progress of a run while it is the one that runs. */
const follow = (signal: AbortSignal) => (progress: ImportProgress) => {
  if (signal.aborted) return;
  importing.set((now) => (now.step === "checking" || now.step === "storing" ? { ...now, progress } : now));
};

/** Asks what each row would do. Nothing is stored. */
export async function checkRows(): Promise<void> {
  const now = importing.get();
  if (now.step !== "map") return;
  const { file, plan, info } = now;
  running = new AbortController();
  const { signal } = running;
  const kept: Kept = { created: [], updated: [], unchanged: [], refused: [], undecided: [] };
  const refused: string[] = [];
  const begun = Date.now();
  importing.set({ step: "checking", file, plan, info, progress: undefined });
  try {
    const result = await importRecords(client, file, {
      ...optionsOf(now),
      dryRun: true,
      signal,
      progress: follow(signal),
      refused: (text) => refused.push(text),
      outcome(row) {
        const rows = kept[row.outcome];
        if (rows.length < mostKept) rows.push(row);
      },
    });
    if (signal.aborted) return;
    const seconds = (Date.now() - begun) / 1_000;
    importing.set((at) => ({
      step: "preview",
      file,
      plan,
      info,
      progress: "progress" in at ? at.progress : undefined,
      result,
      kept,
      refused: blobOf(refused),
      seconds,
    }));
  } catch (problem) {
    if (!signal.aborted) importing.set({ step: "map", file, plan, info, problem });
  }
}

/** Stores the rows, or goes on with it. */
export async function storeRows(): Promise<void> {
  const now = importing.get();
  if (now.step !== "preview" && now.step !== "paused") return;
  const { file, plan, info, progress } = now;
  running = new AbortController();
  const { signal } = running;
  const refused: string[] = [];
  importing.set({
    step: "storing",
    file,
    plan,
    info,
    progress: now.step === "paused" ? progress : undefined,
  });
  try {
    const result = await importRecords(client, file, {
      ...optionsOf(now),
      rehearse: false,
      signal,
      progress: follow(signal),
      refused: (text) => refused.push(text),
    });
    finish(result, blobOf(refused), false);
  } catch (problem) {
    importing.set((at) =>
      at.step === "storing" ? { ...at, step: "paused", ...(!signal.aborted && { problem }) } : at,
    );
  }
}

/** Pauses after the request in flight. */
export const pauseRows = (): void => running.abort();

/** Ends a paused import where it is. What is stored stays, as one change set. */
export async function stopRows(): Promise<void> {
  const now = importing.get();
  if (now.step !== "paused") return;
  const { progress } = now;
  const changeSet = progress?.changeSet ?? null;
  try {
    if (changeSet !== null) await client.changeSet.close.mutate({ where: { id: changeSet } });
  } catch (problem) {
    importing.set({ ...now, problem });
    return;
  }
  const { created = 0, updated = 0, unchanged = 0, refused = 0, rows = 0 } = progress ?? {};
  const result = { created, updated, unchanged, refused, rows, changeSet, stopped: true };
  finish({ ...result, resumed: 0, undecided: 0, examples: [] }, blobOf([]), true);
}

function finish(result: ImportResult, refused: Blob, stopped: boolean): void {
  importing.set((now) =>
    "info" in now
      ? {
          step: "done",
          file: now.file,
          plan: now.plan,
          info: now.info,
          progress: "progress" in now ? now.progress : undefined,
          result,
          refused,
          stopped,
        }
      : now,
  );
  void queryClient.invalidateQueries();
}
