import { currentRequest } from "../observe/current-request.ts";

/**
 * The most JSON in the pages of one request, in characters. A record can have some megabytes, with what
 * it inherits, and a request can ask for very many. Serializing an answer blocks the event loop, so all
 * pages of a request share this room; each page has at least one item.
 */
const maxPages = 512 * 1024;

/** How many items are read at a time, so that a page that is cut short has not read many more. */
export const maxStep = 20;

/** The room that is left. */
export interface PageRoom {
  left: number;
}

const rooms = new WeakMap<object, PageRoom & { latest: Promise<unknown> }>();

/**
 * Makes a page. The pages of one request, which can be a batch of calls, are made one after another, so
 * that each knows the room that is left; a page of a call in process has all of it.
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
