import { may as hasScope, type Scope, type Session } from "@roster/domain";
import { createStore, useStore } from "./store.ts";

/** The ways to sign in that the server offers beside a token. */
interface SignIn {
  openIdConnect: { label: string } | null;
}

interface SessionState {
  /** Undefined until the server has answered. */
  session: Session | null | undefined;
  signIn: SignIn;
  /** Whether the session ended while its pages were open: they stay as they are behind the sign-in. */
  ended: boolean;
  /** Why the session could not be read from the server. */
  failure?: unknown;
}

const path = "/console/session";

/** Why the provider's person was refused, read from the address before the router leaves it. */
export const signInRefusal = new URLSearchParams(window.location.search).get("signInError");
/** No form of another page can send this header, so that a request with it comes from this page. */
const consoleHeader = { "Roster-Console": "1" };

const state = createStore<SessionState>({
  session: undefined,
  signIn: { openIdConnect: null },
  ended: false,
});

export const useSessionState = (): SessionState => useStore(state);

/** The session of the pages, which are shown only to people who are signed in. */
export function useSession(): Session {
  const { session } = useStore(state);
  if (!session) throw new Error("a page is shown to nobody");
  return session;
}

/** Whether a session may do what needs a scope; everybody may do what needs none. */
export const may = (session: Session, scope: Scope | undefined): boolean =>
  scope === undefined || hasScope(session, scope);

export const useMay = (scope: Scope): boolean => may(useSession(), scope);

/** Asks the server who is signed in. */
export async function loadSession(): Promise<void> {
  try {
    const response = await fetch(path, { headers: consoleHeader });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const { session, signIn } = (await response.json()) as Pick<SessionState, "signIn"> & {
      session: Session | null;
    };
    state.set({ session, signIn, ended: false });
  } catch (failure) {
    state.set((before) => ({ ...before, failure }));
  }
}

/** Called when an answer shows that the session has ended. */
export const sessionEnded = (): void =>
  state.set((before) => (before.session && !before.ended ? { ...before, ended: true } : before));

/**
 * Signs in with a token.
 * @returns false if the token is refused
 * @throws if the server cannot be reached
 */
export async function signIn(token: string): Promise<boolean> {
  const response = await fetch(path, {
    method: "POST",
    headers: { ...consoleHeader, "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (response.status === 401 || response.status === 400 || response.status === 422) return false;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const session = (await response.json()) as Session;
  const before = state.get();
  const another =
    before.session &&
    (before.session.actor.id !== session.actor.id || before.session.tenant.id !== session.tenant.id);
  // Nothing of what another person saw stays on the page.
  if (another) window.location.reload();
  else state.set({ ...before, session, ended: false });
  return true;
}

/** Where the browser goes to sign in at the provider and to come back here. */
export const providerStart = (): string =>
  `${path}/start?to=${encodeURIComponent(window.location.pathname + window.location.search)}`;

export async function signOut(): Promise<void> {
  await fetch(path, { method: "DELETE", headers: consoleHeader });
  window.location.assign("/console/");
}
