import { currentRequest } from "../observe/current-request.ts";

/**
 * The maximum JSON in all pages of one request, in characters. A record with its inherited values can have
 * several megabytes, and a request can read very many. Serializing an answer blocks the event loop, so all
 * pages of a request share this limit; each page has at least one item.
 */
const maxPages = 512 * 1024;

/** The maximum number of items read at a time, so that a page that is cut short has not read many more. */
export const maxStep = 20;

/** The number of characters left. */
export interface PageRoom {
  left: number;
}

const rooms = new WeakMap<object, PageRoom & { latest: Promise<unknown> }>();

/**
 * Makes a page. The pages of one request, which can be a batch of calls, are made one after another and share
 * the limit; a page of an in-process call has all of it.
 */
export function makePage<Page>(make: (room: PageRoom) => Promise<Page>): Promise<Page> {
  const request = currentRequest();
  if (!request) return make({ left: maxPages });
  let room = rooms.get(request);
  if (!room) rooms.set(request, (room = { left: maxPages, latest: Promise.resolve() }));
  const shared = room;
  const page = room.latest.then(() => make(shared));
  room.latest = page.catch(() => {});
  return page;
}
