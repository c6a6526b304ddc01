import { useEffect } from "react";
import { useSession, may } from "../../app/session.ts";
import { useStore } from "../../app/store.ts";
import { kinds } from "../../records/kind.ts";
import { PageHeader } from "../../ui/page.tsx";
import { work } from "../../work-messages.ts";
import { ChooseFile } from "./choose-file.tsx";
import { importing } from "./import-store.ts";
import { MapColumns } from "./map-columns.tsx";
import { Preview } from "./preview.tsx";
import { Done, Running } from "./running.tsx";
import { FileLine } from "./file-line.tsx";

const words = work.importing;

/** Imports a file in steps: choose it, map its columns, preview the outcome of each row, store the rows. */
export default function ImportPage() {
  const state = useStore(importing);
  const session = useSession();
  const types = (["customer", "user"] as const).filter((type) => may(session, kinds[type].scopes.write));
  const isStoring = state.step === "storing";
  useEffect(() => {
    if (!isStoring) return undefined;
    // A closed tab stops the import; the same import, started again, goes on.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isStoring]);

  return (
    <div className="mx-auto grid w-full max-w-7xl grid-cols-1 gap-6 px-4 py-6 sm:px-8">
      {state.step === "choose" ? (
        <>
          <PageHeader title={words.title} below={words.intro} />
          <ChooseFile types={types} state={state} />
        </>
      ) : (
        <>
          <PageHeader
            above={
              <span className="said">
                {words.crumb} <span aria-hidden>›</span> {state.file.name}
              </span>
            }
            title={words.titleOf(kinds[state.plan.type].noun.many)}
            below={<FileLine state={state} />}
          />
          {state.step === "map" ? (
            <MapColumns types={types} state={state} />
          ) : state.step === "preview" ? (
            <Preview state={state} />
          ) : state.step === "done" ? (
            <Done state={state} />
          ) : (
            <Running state={state} />
          )}
        </>
      )}
    </div>
  );
}
