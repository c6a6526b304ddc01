import { currentRequest } from "../observe/current-request.ts";

/**
 * How much JSON pages have, in characters, before they are cut short: a record can have some megabytes,
 * with what it inherits, and one request can ask for very many. An answer becomes text in one go, during
 * which nobody else is answered, so all pages of a request share it. Each has one item nevertheless.
 */
const maxPages = 512 * 1024;

/** How many items are read at a time, so that a page that is cut short has not read many more. */
export const maxStep = 20;

/** What is left of that. */
export interface PageRoom {
  left: number;
}

const rooms = new WeakMap<object, PageRoom & { latest: Promise<unknown> }>();

/**
 * Makes a page. The pages of one request, which can be a batch of calls, are made one after another, so
 * that each knows what is left for it; a page of a call in process has all the room.
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
