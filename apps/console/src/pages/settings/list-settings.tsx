import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { useState } from "react";
import { client, trpc } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Input } from "../../ui/field.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { useChange } from "./use-change.ts";

const words = work.settings.lists;

/** The names that records refer to. */
export function ListSettings() {
  const all = { limit: 200 };
  const tags = useQuery(trpc.groupTag.list.queryOptions(all));
  const channels = useQuery(trpc.channel.list.queryOptions(all));
  const groups = useQuery(trpc.accessGroup.list.queryOptions(all));
  const levels = useQuery(trpc.hierarchyLevel.list.queryOptions());
  return (
    <>
      {levels.data && (
        <Levels
          key={levels.data.items.map(({ name }) => name).join("/")}
          levels={levels.data.items.map(({ name }) => name)}
        />
      )}
      <Names title={words.tags} names={tags} create={(name) => client.groupTag.create.mutate({ name })} />
      <Names
        title={words.channels}
        names={channels}
        create={(name) => client.channel.create.mutate({ name })}
      />
      <Names
        title={words.accessGroups}
        names={groups}
        create={(name) => client.accessGroup.create.mutate({ name })}
      />
      <p className="text-xs text-faint">{words.notRemovable}</p>
    </>
  );
}

/** Names of one kind, and a box to add one. */
function Names({
  title,
  names,
  create,
}: {
  title: string;
  names: {
    data?: { items: readonly { id: string; name: string }[] } | undefined;
    error: unknown;
    refetch(): unknown;
  };
  create(name: string): Promise<unknown>;
}) {
  const isAdmin = useMay("admin");
  const [typed, setTyped] = useState("");
  const adding = useChange(create, work.settings.saved, () => setTyped(""));
  return (
    <Section title={title}>
      {names.error ? (
        <ErrorNotice error={names.error} onRetry={() => void names.refetch()} />
      ) : !names.data ? (
        <Skeleton className="h-8 w-64" />
      ) : names.data.items.length === 0 ? (
        <p className="text-sm text-muted">{words.none}</p>
      ) : (
        <ul aria-label={title} className="flex flex-wrap gap-1.5">
          {names.data.items.map(({ id, name }) => (
            <li key={id}>
              <Chip>{name}</Chip>
            </li>
          ))}
        </ul>
      )}
      {isAdmin && (
        <form
          className="flex max-w-sm gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed !== "") adding.mutate(typed);
          }}
        >
          <Input
            aria-label={words.add(title)}
            value={typed}
            maxLength={255}
            onChange={({ target }) => setTyped(target.value)}
          />
          <Button type="submit" disabled={typed === "" || adding.isPending}>
            {words.add(title)}
          </Button>
        </form>
      )}
    </Section>
  );
}

/** The levels of the hierarchy in their order. They are saved together. */
function Levels({ levels: stored }: { levels: readonly string[] }) {
  const isAdmin = useMay("admin");
  const [levels, setLevels] = useState(stored);
  const [typed, setTyped] = useState("");
  const saving = useChange((next: readonly string[]) =>
    client.hierarchyLevel.replaceAll.mutate({ levels: next }),
  );
  const move = (at: number, by: number) => {
    const next = [...levels];
    const [level] = next.splice(at, 1);
    if (level !== undefined) next.splice(at + by, 0, level);
    setLevels(next);
  };
  const isChanged = levels.join("/") !== stored.join("/");
  return (
    <Section title={words.levels}>
      <p className="text-sm text-muted">{words.levelsHint}</p>
      <ol aria-label={words.levels} className="grid max-w-sm gap-1">
        {levels.map((level, index) => (
          <li
            key={level}
            className="flex min-h-9 items-center gap-1 rounded-md border border-line bg-surface px-3"
          >
            <span className="said flex-1 text-sm">{level}</span>
            {isAdmin && (
              <>
                <IconButton label={words.up(level)} disabled={index === 0} onClick={() => move(index, -1)}>
                  <ArrowUp size={13} aria-hidden />
                </IconButton>
                <IconButton
                  label={words.down(level)}
                  disabled={index === levels.length - 1}
                  onClick={() => move(index, 1)}
                >
                  <ArrowDown size={13} aria-hidden />
                </IconButton>
                <IconButton
                  label={words.removeLevel(level)}
                  onClick={() => setLevels(levels.filter((one) => one !== level))}
                >
                  <X size={13} aria-hidden />
                </IconButton>
              </>
            )}
          </li>
        ))}
      </ol>
      {isAdmin && (
        <form
          className="flex max-w-sm gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed !== "" && !levels.includes(typed)) setLevels([...levels, typed]);
            setTyped("");
          }}
        >
          <Input
            aria-label={words.newLevel}
            value={typed}
            maxLength={255}
            onChange={({ target }) => setTyped(target.value)}
          />
          <Button type="submit" disabled={typed === ""}>
            {words.add(words.levels)}
          </Button>
        </form>
      )}
      {isChanged && (
        <div className="flex gap-2">
          <Button look="primary" disabled={saving.isPending} onClick={() => saving.mutate(levels)}>
            {words.saveLevels}
          </Button>
          <Button onClick={() => setLevels(stored)}>{work.cancel}</Button>
        </div>
      )}
    </Section>
  );
}
