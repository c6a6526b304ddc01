import { Plus } from "lucide-react";
import { lazy, Suspense } from "react";
import { arriving } from "../../app/connection.ts";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Popover } from "../../ui/popover.tsx";
import { Skeleton } from "../../ui/states.tsx";
import type { Kind } from "../kind.ts";
import { conditionText, readConditions, writeConditions } from "./conditions.ts";

const ConditionForm = lazy(() => arriving(() => import("./condition-form.tsx")));
const words = messages.list;

/** The conditions of a list, each a chip that can be taken away, and the way to add one. */
export function FilterChips({
  kind,
  filter,
  onChange,
}: {
  kind: Kind;
  filter: Record<string, unknown> | undefined;
  onChange(filter: Record<string, unknown> | undefined): void;
}) {
  const conditions = readConditions(kind.name, filter);
  return (
    <>
      {conditions.map((condition) => {
        const text = conditionText(condition);
        return (
          <Chip
            key={`${condition.name} ${condition.operator}`}
            tone="accent"
            removeLabel={words.removeFilter(text)}
            onRemove={() => onChange(writeConditions(conditions.filter((one) => one !== condition)))}
          >
            {text}
          </Chip>
        );
      })}
      <Popover
        label={words.addFilter}
        className="w-80"
        trigger={
          <Button small>
            <Plus size={12} aria-hidden />
            {words.filter}
          </Button>
        }
      >
        {(close) => (
          <Suspense fallback={<Skeleton className="h-40 w-full" />}>
            <ConditionForm
              kind={kind}
              onAdd={(condition) => {
                const others = conditions.filter(
                  ({ name, operator }) => name !== condition.name || operator !== condition.operator,
                );
                onChange(writeConditions([...others, condition]));
                close();
              }}
            />
          </Suspense>
        )}
      </Popover>
    </>
  );
}
