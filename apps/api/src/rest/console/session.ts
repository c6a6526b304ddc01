import { RosterError } from "@roster/domain";
import type { Sessions } from "../../auth/sessions.ts";
import { jsonAnswer } from "../answer.ts";
import { answering } from "../methods.ts";
import type { Path } from "../path.ts";
import { isEncrypted, ownSessionOf, readBody, sessionOf } from "../request.ts";

/** The header that gives a page its session, or takes it away. Only a browser keeps it: no script can read it. */
export const sessionCookie = (request: Request, secret: string | undefined): Record<string, string> => ({
  "set-cookie": [
    `roster_session=${secret ?? ""}`,
    "HttpOnly",
    "SameSite=Strict",
    "Path=/",
    ...(isEncrypted(request) ? ["Secure"] : []),
    ...(secret === undefined ? ["Max-Age=0"] : []),
  ].join("; "),
});

export const neverStored = { "cache-control": "no-store" };

/** Signing in with a token, the session of a page, and signing out. */
export const sessionPath = (sessions: Sessions, openId: { label: string } | undefined): Path =>
  answering(
    "/console/session",
    {
      // The first request of the console.
      async GET(request) {
        const session = (await sessions.of(sessionOf(request))) ?? null;
        const signIn = { openIdConnect: openId ? { label: openId.label } : null };
        return jsonAnswer(200, { session, signIn }, neverStored);
      },
      async POST(request) {
        const old = ownSessionOf(request);
        const token = await readToken(request);
        const { secret, session } = await sessions.signIn(token);
        await sessions.end(old);
        return jsonAnswer(200, session, { ...neverStored, ...sessionCookie(request, secret) });
      },
      async DELETE(request) {
        await sessions.end(ownSessionOf(request));
        const headers = { ...neverStored, ...sessionCookie(request, undefined) };
        return { status: 204, headers, body: null };
      },
    },
    "console",
  );

/** @throws RosterError MALFORMED or UNAUTHENTICATED */
async function readToken(request: Request): Promise<string> {
  const { body } = await readBody(request, ["application/json"]);
  const { token } = (body ?? {}) as { token?: unknown };
  if (typeof token !== "string")
    throw new RosterError("MALFORMED", 'the body must be {"token": "…"}, with the token to sign in with');
  return token.trim();
}
