import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { download } from "../../app/download.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Figures, OutcomeBar, type Counts } from "../../ui/figures.tsx";
import { ErrorNotice, Notice } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { backToPlan, pauseRows, startOver, stopRows, storeRows, type ImportState } from "./import-store.ts";

const words = work.importing;

const countsOf = ({ created, updated, unchanged, refused }: Required<Counts> | Counts): Counts => ({
  created: created ?? 0,
  updated: updated ?? 0,
  unchanged: unchanged ?? 0,
  refused: refused ?? 0,
});

/** An import or its dry run, under way or paused. */
export function Running({
  state,
}: {
  state: Extract<ImportState, { step: "checking" | "storing" | "paused" }>;
}) {
  const { progress, step } = state;
  const phase = progress?.phase ?? (step === "checking" ? "check" : "store");
  const counts = progress && phase !== "check" ? countsOf(progress) : {};
  const total = progress?.total ?? progress?.rows ?? 1;
  const label = words.checking[phase];
  return (
    <section aria-label={label} className="grid gap-3">
      <div className="flex min-h-14 flex-wrap items-end gap-4">
        <div className="flex-1">
          <Figures
            counts={counts}
            words={step === "checking" ? work.would : work.outcomes}
            always={["created", "updated", "unchanged", "refused"]}
          />
        </div>
        {step === "checking" && <Button onClick={backToPlan}>{work.cancel}</Button>}
        {step === "storing" && <Button onClick={pauseRows}>{words.pause}</Button>}
        {step === "paused" && (
          <>
            <Button onClick={() => void stopRows()}>{words.cancelImport}</Button>
            <Button look="primary" onClick={() => void storeRows()}>
              {words.resume}
            </Button>
          </>
        )}
      </div>
      <OutcomeBar counts={counts} total={total} label={label} />
      <p className="tabular text-sm text-muted">
        {step === "paused"
          ? words.pausedText
          : [
              `${label} …`,
              progress && work.rows(progress.rows),
              progress && progress.rows > 0 && words.rate(progress.rowsPerSecond),
              progress?.secondsLeft !== undefined &&
                progress.secondsLeft > 1 &&
                words.left(progress.secondsLeft),
            ]
              .filter((part) => typeof part === "string")
              .join(" · ")}
      </p>
      {"problem" in state && state.problem !== undefined && (
        <ErrorNotice error={state.problem} onRetry={() => void storeRows()} />
      )}
    </section>
  );
}

/** The result of an import, and the way to take it back. */
export function Done({ state }: { state: Extract<ImportState, { step: "done" }> }) {
  const { result, refused, file, info, stopped } = state;
  const counts = countsOf(result);
  return (
    <section aria-label={words.title} className="grid gap-4">
      <div className="flex flex-wrap items-end gap-4">
        <div className="flex-1">
          <Figures
            counts={counts}
            words={work.outcomes}
            always={["created", "updated", "unchanged", "refused"]}
          />
        </div>
        {refused.size > 0 && (
          <Button onClick={() => download(refused, words.refusedFile(file.name, info.format))}>
            <Download size={14} aria-hidden />
            {words.download(result.refused)}
          </Button>
        )}
        <Button onClick={startOver}>{words.again}</Button>
        {result.changeSet !== null && (
          <Link to="/change-sets/$id" params={{ id: result.changeSet }} className={buttonClass("primary")}>
            {words.openSet}
          </Link>
        )}
      </div>
      <OutcomeBar counts={counts} total={result.rows} label={words.title} />
      <Notice tone={stopped ? "warning" : "accent"}>
        {stopped ? words.stoppedText : `${words.doneTitle(result.created + result.updated)}. ${words.oneSet}`}
      </Notice>
    </section>
  );
}
