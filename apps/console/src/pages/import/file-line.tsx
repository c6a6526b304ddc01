import { labelOf } from "@roster/domain";
import { kinds } from "../../records/kind.ts";
import { Chip } from "../../ui/chip.tsx";
import { work } from "../../work-messages.ts";
import type { ImportState } from "./import-store.ts";

const words = work.importing;
const encodings: Record<string, string> = { "utf-8": "UTF-8", "utf-16le": "UTF-16", "utf-16be": "UTF-16" };

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The properties of the file, and the key by which its rows find their records. */
export function FileLine({ state }: { state: Exclude<ImportState, { step: "choose" }> }) {
  const { file, info, plan } = state;
  const rows =
    "result" in state ? state.result.rows : "progress" in state ? state.progress?.total : undefined;
  const separator =
    info.format === "csv" ? (words.separators[info.delimiter] ?? info.delimiter) : info.format;
  return (
    <>
      <span className="tabular">
        {words.file(rows, sizeText(file.size), encodings[info.encoding] ?? info.encoding, separator)}
      </span>
      {plan.key !== undefined && (
        <span>
          {words.matchedBy} <Chip>{labelOf(plan.key, kinds[plan.type].fields[plan.key])}</Chip>
        </span>
      )}
    </>
  );
}
