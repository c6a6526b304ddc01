import { useState, type FormEvent } from "react";
import { messages } from "../messages.ts";
import { Button, buttonClass } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Fault, Field, Input } from "../ui/field.tsx";
import { errorText } from "../ui/states.tsx";
import { Mark } from "./mark.tsx";
import { queryClient } from "./api.ts";
import { providerStart, signIn, signInRefusal, useSessionState } from "./session.ts";

const words = messages.signIn;

/** The page for people who are not signed in. */
export function SignInPage() {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-12">
      <div className="w-full max-w-sm rounded-xl border border-line bg-surface p-8 shadow-pop">
        <Mark className="mb-5 size-9" />
        <h1 className="text-xl font-semibold tracking-tight">{words.title}</h1>
        <p className="mb-6 mt-1 text-sm text-muted">{words.intro}</p>
        {signInRefusal !== null && (
          <div className="mb-6 rounded-lg border border-line bg-removed-soft px-4 py-3">
            <p className="text-sm font-medium">{words.notLetIn}</p>
            <Fault>{signInRefusal}</Fault>
          </div>
        )}
        <SignInForm />
      </div>
    </main>
  );
}

/** Over the page of a session that has ended. The page below keeps what was typed. */
export function SignInAgain() {
  return (
    <Dialog title={words.again} description={words.againIntro}>
      <SignInForm onDone={() => void queryClient.invalidateQueries()} />
    </Dialog>
  );
}

function SignInForm({ onDone }: { onDone?: () => void }) {
  const { openIdConnect } = useSessionState().signIn;
  const [token, setToken] = useState("");
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() === "") return setFault(words.required);
    setBusy(true);
    setFault(undefined);
    try {
      if (await signIn(token.trim())) onDone?.();
      else setFault(words.refused);
    } catch (error) {
      setFault(errorText(error));
    }
    setBusy(false);
  };

  return (
    <div className="grid gap-4">
      <form onSubmit={(event) => void submit(event)} className="grid gap-4" noValidate>
        <Field id="token" label={words.token} fault={fault}>
          <Input
            id="token"
            name="token"
            value={token}
            onChange={(event) => setToken(event.target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            autoFocus
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : "token-fault"}
            className="min-h-9 font-mono [-webkit-text-security:disc]"
          />
        </Field>
        <Button type="submit" look="primary" disabled={busy} className="min-h-9">
          {words.submit}
        </Button>
      </form>
      {openIdConnect && (
        <>
          <p className="flex items-center gap-3 text-xs text-faint before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {words.or}
          </p>
          <a href={providerStart()} className={buttonClass("plain", false, "min-h-9")}>
            {words.provider(openIdConnect.label)}
          </a>
        </>
      )}
    </div>
  );
}
