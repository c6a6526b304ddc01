import { lazy, Suspense, useEffect, useState } from "react";
import { arriving } from "./connection.ts";
import { ErrorNotice } from "../ui/states.tsx";
import { toasts } from "../ui/toast.ts";
import { followFeed } from "./feed.ts";
import { loadSession, useSessionState } from "./session.ts";
import { Shell } from "./shell.tsx";
import { SignInAgain, SignInPage } from "./sign-in.tsx";

/** Asks who is signed in, and shows the pages, or the way in. */
export function Root() {
  const { session, ended, failure } = useSessionState();
  useEffect(() => void loadSession(), []);
  const isSignedIn = Boolean(session) && !ended;
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const stop = new AbortController();
    void followFeed(stop.signal);
    return () => stop.abort();
  }, [isSignedIn]);

  if (session === undefined)
    return failure === undefined ? null : (
      <main className="mx-auto max-w-md px-4 pt-24">
        <ErrorNotice error={failure} onRetry={() => void loadSession()} />
      </main>
    );
  if (session === null) return <SignInPage />;
  return (
    <>
      <Shell />
      {ended && <SignInAgain />}
      <LazyToasts />
    </>
  );
}

const ToastList = lazy(() => arriving(() => import("../ui/toast-list.tsx")));

/** Loads what shows toasts with the first of them. */
function LazyToasts() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => toasts.subscribe(() => setWanted(true)), []);
  return <Suspense>{wanted && <ToastList />}</Suspense>;
}
