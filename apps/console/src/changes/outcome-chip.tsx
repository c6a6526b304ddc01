import { Chip, type Tone } from "../ui/chip.tsx";
import type { OutcomeName } from "../ui/figures.tsx";
import { work } from "../work-messages.ts";

const tones: Record<OutcomeName, Tone> = {
  created: "added",
  updated: "accent",
  deleted: "removed",
  restored: "added",
  unchanged: "neutral",
  refused: "removed",
  left: "warning",
};

/** The outcome of a record in one word; with `planned`, the expected outcome. */
export function OutcomeChip({ outcome, planned = false }: { outcome: OutcomeName; planned?: boolean }) {
  return (
    <Chip tone={tones[outcome]} className="whitespace-nowrap">
      {(planned ? work.does : work.outcomes)[outcome]}
    </Chip>
  );
}
