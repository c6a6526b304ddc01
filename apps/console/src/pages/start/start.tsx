import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { client, queryClient } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { ErrorNotice } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { work } from "../../work-messages.ts";

const words = work.start;

/** The first steps in a tenant without records. */
export function Start() {
  const navigate = useNavigate();
  const mayWrite = useMay("customers:write");
  const maySample = useMay("users:write") && mayWrite;
  const isAdmin = useMay("admin");
  const sample = useMutation({
    mutationFn: () => client.demo.load.mutate({}),
    async onSuccess() {
      toast(words.sampleDone);
      await navigate({ to: "/customers" });
      void queryClient.invalidateQueries();
    },
  });
  if (!mayWrite) return null;
  const command = `curl ${window.location.origin}/api/customers \\
  -H "Authorization: Bearer $ROSTER_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"name":"Leeds Creamery","email":"office@leeds.example"}'`;
  return (
    <section
      aria-label={words.title}
      className="grid gap-4 rounded-xl border border-line bg-surface p-5 shadow-pop"
    >
      <div>
        <h2 className="text-lg font-semibold">{words.title}</h2>
        <p className="text-sm text-muted">{words.intro}</p>
      </div>
      {sample.isError && <ErrorNotice error={sample.error} onRetry={() => sample.mutate()} />}
      <ol className="grid gap-3 sm:grid-cols-3">
        {maySample && isAdmin && (
          <Step title={words.sample} text={words.sampleText}>
            <Button look="primary" disabled={sample.isPending} onClick={() => sample.mutate()}>
              {words.sample}
            </Button>
          </Step>
        )}
        <Step title={words.make} text={words.makeText}>
          <Link to="/customers" search={{}} className={buttonClass()}>
            {words.make}
          </Link>
        </Step>
        <Step title={words.import} text={words.importText}>
          <Link to="/import" className={buttonClass()}>
            {words.import}
          </Link>
        </Step>
      </ol>
      <div className="grid gap-1">
        <h3 className="text-sm font-semibold">{words.curl}</h3>
        <p className="text-sm text-muted">{words.curlText}</p>
        <div className="flex items-start gap-2 rounded-md bg-sunken p-3">
          <pre
            className="min-w-0 flex-1 overflow-x-auto font-mono text-xs"
            tabIndex={0}
            aria-label={words.curl}
          >
            {command}
          </pre>
          <Button
            small
            onClick={() =>
              void navigator.clipboard.writeText(command).then(() => toast(messages.record.copied))
            }
          >
            <Copy size={12} aria-hidden />
            {words.copy}
          </Button>
        </div>
      </div>
    </section>
  );
}

function Step({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <li className="grid content-between gap-3 rounded-lg border border-line p-3">
      <div>
        <p className="text-sm font-semibold">{title}</p>
        <p className="text-sm text-muted">{text}</p>
      </div>
      <div>{children}</div>
    </li>
  );
}
