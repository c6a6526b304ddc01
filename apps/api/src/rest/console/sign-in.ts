import { RosterError } from "@roster/domain";
import type { OpenId } from "../../auth/openid.ts";
import type { Sessions } from "../../auth/sessions.ts";
import type { Answer } from "../answer.ts";
import { readOnly } from "../methods.ts";
import type { Path } from "../path.ts";
import { cookieOf, isEncrypted } from "../request.ts";
import { neverStored, sessionCookie } from "./session.ts";

/** The cookie that a browser keeps while its person is at the provider. The provider's page sends it back here. */
const pendingCookie = "roster_sign_in";

/** Signing in with an OpenID provider: to the provider, and back. */
export const signInPaths = (sessions: Sessions, openId: OpenId): Path[] => [
  readOnly(
    "/console/session/start",
    explained(async (request) => {
      const { location, pending } = await openId.start(ownPath(new URL(request.url).searchParams.get("to")));
      const attributes = ["HttpOnly", "SameSite=Lax", "Path=/console/session", "Max-Age=600"];
      if (isEncrypted(request)) attributes.push("Secure");
      return redirect(location, { "set-cookie": [`${pendingCookie}=${pending}`, ...attributes].join("; ") });
    }),
    "console",
  ),
  readOnly(
    "/console/session/callback",
    explained(async (request) => {
      const { search } = new URL(request.url);
      const { person, to } = await openId.finish(search, cookieOf(request, pendingCookie));
      const { secret } = await sessions.signInPerson(person);
      return redirect(to, sessionCookie(request, secret));
    }),
    "console",
  ),
];

const redirect = (location: string, headers: Record<string, string> = {}): Answer => ({
  status: 302,
  headers: { location, ...neverStored, ...headers },
  body: null,
});

/** A step that, if it is refused, sends the browser back to the console, which shows why. */
const explained =
  (step: (request: Request) => Promise<Answer>) =>
  (request: Request): Promise<Answer> =>
    step(request).catch((error: unknown) => {
      if (!(error instanceof RosterError)) throw error;
      return redirect(`/console/?signInError=${encodeURIComponent(error.message)}`);
    });

/** A path of the console; its first page for anything else, which might lead to another site. */
function ownPath(to: string | null): string {
  if (to === null || !/^\/console(?:[/?#]|$)/.test(to) || !URL.canParse(to, "http://roster"))
    return "/console/";
  const { origin, pathname, search, hash } = new URL(to, "http://roster");
  const isOwn = origin === "http://roster" && /^\/console(?:\/|$)/.test(pathname);
  return isOwn ? pathname + search + hash : "/console/";
}
