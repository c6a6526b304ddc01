import type { Reference } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { trpc } from "../app/api.ts";
import { Select } from "../ui/field.tsx";

/** The records of the tenant that people know by name, as the values of a field that refers to them. */
export function useNamed(refers: Reference): { value: string | number; name: string }[] {
  const all = { limit: 200 };
  const tags = useQuery({ ...trpc.groupTag.list.queryOptions(all), enabled: refers === "groupTag" });
  const groups = useQuery({ ...trpc.accessGroup.list.queryOptions(all), enabled: refers === "accessGroup" });
  const channels = useQuery({ ...trpc.channel.list.queryOptions(all), enabled: refers === "channel" });
  const levels = useQuery({
    ...trpc.hierarchyLevel.list.queryOptions(),
    enabled: refers === "hierarchyLevel",
  });
  if (refers === "channel")
    return (channels.data?.items ?? []).map(({ number, name }) => ({ value: number, name }));
  const named = { groupTag: tags, accessGroup: groups, hierarchyLevel: levels }[
    refers as "groupTag" | "accessGroup" | "hierarchyLevel"
  ];
  return (named?.data?.items ?? []).map(({ name }) => ({ value: name, name }));
}

/** Chooses one of the tenant's levels, channels, access groups or tags. */
export function NamedSelect({
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
  const named = useNamed(refers);
  // The stored value is shown even if it is no longer among the choices.
  const missing = value !== null && !named.some((one) => one.value === value);
  return (
    <Select
      id={id}
      aria-label={label}
      value={value === null ? "" : String(value)}
      onChange={(event) => {
        const chosen = named.find((one) => String(one.value) === event.target.value);
        onChange(chosen?.value ?? null);
      }}
      className={className}
      {...aria}
    >
      <option value="" />
      {missing && <option value={String(value)}>{String(value)}</option>}
      {named.map((one) => (
        <option key={one.value} value={String(one.value)}>
          {one.name}
        </option>
      ))}
    </Select>
  );
}
