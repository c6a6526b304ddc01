import { openRoster } from "../../../roster.js";

/** Roster's own surfaces below /roster, each with the caller's own token: /roster/api, /roster/trpc and so on. */
async function answer(request) {
  const { api } = await openRoster();
  const url = new URL(request.url);
  url.pathname = url.pathname.slice("/roster".length) || "/";
  return api.fetch(new Request(url, request));
}

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };
