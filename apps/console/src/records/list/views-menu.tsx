import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bookmark, Trash2 } from "lucide-react";
import { useId, useState, type FormEvent } from "react";
import { trpc } from "../../app/api.ts";
import { may, useSession } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Checkbox, Field, Input } from "../../ui/field.tsx";
import { Popover } from "../../ui/popover.tsx";
import { ErrorNotice } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import type { Kind } from "../kind.ts";
import { readListState, type ListState } from "./list-state.ts";

const words = messages.list;

/** The saved views of a list, and the way to save what it shows. */
export function ViewsMenu({ kind, state }: { kind: Kind; state: ListState }) {
  return (
    <Popover
      label={words.views}
      align="end"
      className="w-80"
      trigger={
        <Button look="quiet" small className="font-normal text-muted">
          <Bookmark size={12} aria-hidden />
          {words.views}
        </Button>
      }
    >
      {(close) => <Views kind={kind} state={state} onDone={close} />}
    </Popover>
  );
}

function Views({ kind, state, onDone }: { kind: Kind; state: ListState; onDone(): void }) {
  const session = useSession();
  const queries = useQueryClient();
  const { data = [] } = useQuery(trpc.view.list.queryOptions());
  const views = data.filter(({ list }) => `/${list}` === kind.path);
  const changed = () => queries.invalidateQueries({ queryKey: trpc.view.list.queryKey() });
  const remove = useMutation(trpc.view.delete.mutationOptions({ onSuccess: changed }));
  return (
    <div className="grid gap-3">
      {views.length === 0 ? (
        <p className="text-muted">{words.noViews}</p>
      ) : (
        <ul>
          {views.map(({ id, name, shared, owner, state: saved }) => (
            <li key={id} className="flex items-center gap-2">
              <Link
                to={kind.path}
                search={readListState(saved)}
                onClick={onDone}
                className="said flex min-h-8 min-w-0 flex-1 items-center gap-2 rounded-md px-2 hover:bg-hover"
              >
                <span className="truncate">{name}</span>
                {shared && <Chip>{words.shared}</Chip>}
              </Link>
              {(owner === session.actor.id || (shared && may(session, "admin"))) && (
                <IconButton label={words.deleteView(name)} onClick={() => remove.mutate({ where: { id } })}>
                  <Trash2 size={13} aria-hidden />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      )}
      {remove.isError && <ErrorNotice error={remove.error} />}
      <SaveView
        kind={kind}
        state={state}
        onSaved={(name) => {
          void changed();
          toast(words.viewSaved(name));
          onDone();
        }}
      />
    </div>
  );
}

function SaveView({ kind, state, onSaved }: { kind: Kind; state: ListState; onSaved(name: string): void }) {
  const id = useId();
  const session = useSession();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const list = kind.name === "customer" ? "customers" : "users";
  const save = useMutation(trpc.view.create.mutationOptions({ onSuccess: (view) => onSaved(view.name) }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The state comes from the address, so it is plain JSON. Members without a value are dropped.
    const kept = JSON.parse(JSON.stringify(state)) as Record<string, string>;
    save.mutate({ list, name, shared, state: kept });
  };
  return (
    <form onSubmit={submit} className="grid gap-2 border-t border-line pt-3">
      <Field id={id} label={words.viewName}>
        <Input
          id={id}
          value={name}
          maxLength={255}
          required
          onChange={({ target }) => setName(target.value)}
        />
      </Field>
      {may(session, `${list}:write`) && (
        <label className="flex items-center gap-2">
          <Checkbox checked={shared} onChange={({ target }) => setShared(target.checked)} />
          {words.shareView}
        </label>
      )}
      {save.isError && <ErrorNotice error={save.error} />}
      <Button type="submit" look="primary" disabled={name.trim() === "" || save.isPending}>
        {words.saveView}
      </Button>
    </form>
  );
}
