import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { queryClient, trpc } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { EmptyState, ErrorNotice } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import type { Kind } from "../kind.ts";

const words = messages.start;

/** The first steps, shown in place of a list that has no records yet. */
export function FirstStart({ kind, onCreate }: { kind: Kind; onCreate: (() => void) | undefined }) {
  const mayLoad = useMay("admin");
  const load = useMutation(
    trpc.demo.load.mutationOptions({
      onSuccess: () => {
        toast(words.loaded);
        void queryClient.invalidateQueries();
      },
    }),
  );
  const curl = `curl ${window.location.origin}/trpc/${kind.name}.create \\
  -H "Authorization: Bearer $ROSTER_TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '${kind.name === "customer" ? '{"name":"Acme"}' : '{"username":"ada"}'}'`;
  return (
    <div className="overflow-y-auto">
      <EmptyState
        title={messages.list.empty(kind.noun.many)}
        actions={
          <>
            {mayLoad && (
              <Button disabled={load.isPending} onClick={() => load.mutate({})}>
                {words.sample}
              </Button>
            )}
            {onCreate && (
              <Link to="/import" className={buttonClass()}>
                {words.import}
              </Link>
            )}
            {onCreate && (
              <Button look="primary" onClick={onCreate}>
                <Plus size={14} aria-hidden />
                {messages.list.create(kind.noun.one)}
              </Button>
            )}
          </>
        }
      >
        {onCreate ? words.hint : words.readerHint}
      </EmptyState>
      {load.isError && (
        <div className="mx-auto max-w-xl px-4">
          <ErrorNotice error={load.error} />
        </div>
      )}
      {onCreate && (
        <section aria-label={words.program} className="mx-auto grid max-w-xl gap-2 px-4 pb-12">
          <h2 className="text-sm font-semibold text-muted">{words.program}</h2>
          <pre
            tabIndex={0}
            className="overflow-x-auto rounded-lg border border-line bg-sunken p-4 font-mono text-xs leading-5"
          >
            {curl}
          </pre>
          <Button
            small
            className="justify-self-start"
            onClick={() =>
              void navigator.clipboard?.writeText(curl).then(() => toast(messages.record.copied))
            }
          >
            {words.copy}
          </Button>
        </section>
      )}
    </div>
  );
}
