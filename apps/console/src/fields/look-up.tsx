import { Combobox } from "@base-ui/react/combobox";
import type { Reference } from "@roster/domain";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { kinds, nameOf } from "../records/kind.ts";
import { messages } from "../messages.ts";
import { Avatar } from "../ui/avatar.tsx";
import { cx } from "../ui/class.ts";
import { inputClass } from "../ui/field.tsx";
import { itemClass, popClass } from "../ui/pop.ts";
import { referredKind, useReferred } from "./reference.tsx";

interface Found {
  value: string | number;
  name: string;
  more: string;
}

/** Looks a customer or user up by the letters that are typed. Clearing the box clears the value. */
export function LookUp({
  id,
  label,
  refers,
  value,
  onChange,
  className,
  ...aria
}: {
  id: string;
  /** The accessible name, if no label points to the id. */
  label?: string;
  refers: Reference;
  value: string | number | null;
  onChange(value: string | number | null): void;
  className?: string;
  disabled?: boolean;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string | undefined;
}) {
  const { name } = useReferred(refers, value);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState<string>();
  const kind = kinds[referredKind(refers) ?? "customer"];
  const letters = typed?.trim() ?? "";
  const { data = [] } = useQuery({
    queryKey: [kind.name, "look-up", refers, letters],
    enabled: open,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const isSearch = /[\p{L}\p{N}]/u.test(letters);
      const { items } = await kind.list(
        { limit: 8, ...(isSearch ? { search: letters } : { sort: "updatedAt", order: "desc" }) },
        signal,
      );
      return items.map((record): Found => {
        const name = nameOf(kind.name, record);
        const more = [record["providedId"], record["username"], record["email"]].find(
          (one) => typeof one === "string" && one !== name,
        );
        // A user is named by number, a customer by id.
        return {
          value: refers === "user" ? record.number : record.id,
          name,
          more: typeof more === "string" ? more : "",
        };
      });
    },
  });
  const selected: Found | null = value === null ? null : { value, name, more: "" };
  return (
    <Combobox.Root
      items={data}
      filter={null}
      value={selected}
      isItemEqualToValue={(a, b) => a.value === b.value}
      itemToStringLabel={({ name }: Found) => name}
      inputValue={typed ?? name}
      onInputValueChange={(next, { reason }) => {
        if (reason === "input-change") {
          setTyped(next);
          if (next === "") onChange(null);
        }
      }}
      onValueChange={(next) => {
        setTyped(undefined);
        onChange(next?.value ?? null);
      }}
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        // Letters that chose nothing give way to the name again.
        if (!next) setTyped(undefined);
      }}
    >
      <Combobox.Input
        id={id}
        aria-label={label}
        className={cx(inputClass, className)}
        placeholder={messages.record.addEntry}
        autoComplete="off"
        {...aria}
      />
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={4} className="z-50">
          <Combobox.Popup className={cx(popClass, "w-[max(var(--anchor-width),16rem)]")}>
            <Combobox.Empty className="px-2 text-muted">{messages.list.nothing}</Combobox.Empty>
            <Combobox.List>
              {(found: Found) => (
                <Combobox.Item key={found.value} value={found} className={itemClass}>
                  <Avatar name={found.name} small />
                  <span className="said min-w-0 flex-1 truncate">{found.name}</span>
                  <span className="said truncate text-xs text-faint">{found.more}</span>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
