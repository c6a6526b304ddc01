import { changeListSchema, changeWatchSchema, refusal, RosterError, segments } from "@roster/domain";
import { parseAccept } from "hono/utils/accept";
import type { Entry, FeedStep } from "../../change/entry.ts";
import type { Watcher } from "../../change/watcher.ts";
import type { Answer } from "../answer.ts";
import { schemaRef } from "../json-schema.ts";
import { inHeader, inQuery, moved } from "../place.ts";
import { answer } from "./answer.ts";
import { readBySchema, schemaQuery } from "./list-query.ts";
import { eventStream, type Call, type Operation } from "./operation.ts";
import { readAll } from "./query.ts";

const listed = schemaQuery(changeListSchema, {
  after:
    "The `seq` of the last change that the caller has. If missing, a page starts at the beginning and a stream with the next change.",
  limit:
    "The maximum number of changes in a page, which can be shorter even if more follow. Not for streams.",
  types: "Only changes of records of these types.",
  ids: "Only changes of the records with these ids.",
});

const lastEventId = "Last-Event-ID";

/** The tenant's change log, as a page or as a stream. */
export const changeOperation: Operation = {
  method: "GET",
  path: "/api/changes",
  scope: "of the records",
  // The defaults are those of a page.
  parameters: listed.parameters.map(({ schema: { default: _, ...schema }, ...rest }) => ({
    ...rest,
    schema,
  })),
  id: "listChanges",
  summary: "Follow the changes of all records",
  description:
    "The changes that the token may read, in the order of `seq`. As `application/json`, a page of them; use `next` as the next `after`. As `text/event-stream`, an endless stream: each event is a change with its `seq` as the event id, and an event of type `position` reports how far the stream has read. If the stream ends, request it again with the id of its last event.",
  headers: [lastEventId],
  success: {
    description: "A page, or a stream.",
    schema: schemaRef("ChangeFeedPage"),
    stream: "Events of type `message`, each with a `ChangeEntry` as its data, and of type `position`.",
  },
  handle: (call) => (wantsEvents(call.request.headers) ? stream(call) : page(call)),
};

/** Whether a request names an event stream as acceptable, and not JSON (RFC 9110, section 12.5.1). */
const wantsEvents = (headers: Headers): boolean => {
  const accepted = parseAccept((headers.get("accept") ?? "").toLowerCase());
  const takes = (type: string) => accepted.some((one) => one.type === type && one.q > 0);
  return takes(eventStream) && !takes("application/json");
};

async function page(call: Call): Promise<Answer> {
  const [input] = readAll(call, listed);
  return answer(200, await call.roster.change.list(call.actor, input));
}

async function stream(call: Call): Promise<Answer> {
  const { roster, request, query, faults, authenticate } = call;
  const given = request.headers.get(lastEventId) ?? undefined;
  const input = readBySchema(changeWatchSchema, { ...query, lastEventId: given }, faults, placeOf);
  if (!input || faults.length > 0) throw refusal(faults);
  const watcher = await roster.change.watch(authenticate, input).catch((error: unknown) => {
    throw error instanceof RosterError && error.faults ? refusal(moved(error.faults, placeOf)) : error;
  });
  // A HEAD request has no body to stream.
  if (request.method === "HEAD") watcher.end();
  return {
    status: 200,
    headers: {
      "content-type": eventStream,
      "cache-control": "no-store, no-transform",
      // Tells nginx not to buffer events.
      "x-accel-buffering": "no",
    },
    body: bodyOf(watcher),
  };
}

/** The parameter or the header of a member of a stream's input. */
function placeOf(pointer: string): string {
  const [name = ""] = segments(pointer);
  return name === "lastEventId" ? inHeader(lastEventId) : inQuery(name);
}

/**
 * The feed as an event stream (HTML Standard, "Server-sent events"), read at the pace at which it is sent.
 */
function bodyOf(watcher: Watcher): ReadableStream<Uint8Array> {
  let at: number | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // The reader learns why the feed ended when it reconnects.
        const batch = await watcher.next().catch(() => undefined);
        if (!batch) return controller.close();
        controller.enqueue(framesOf(batch, at));
        at = batch.seq;
      },
      cancel: () => watcher.end(),
    },
    // Takes nothing from the watcher before the connection has room for it.
    { highWaterMark: 0 },
  );
}

const encoder = new TextEncoder();
const heartbeat = encoder.encode(":\n\n");

function framesOf({ entries, seq }: FeedStep, at: number | undefined): Uint8Array {
  const [first] = entries;
  if (!first) {
    return seq === at ? heartbeat : encoder.encode(`event: position\nid: ${seq}\ndata: {"seq":${seq}}\n\n`);
  }
  return entries.length === 1 ? frameOf(first) : Buffer.concat(entries.map(frameOf));
}

const frames = new WeakMap<Entry, Uint8Array>();

/** A change as an event, encoded once for all readers. */
function frameOf(entry: Entry): Uint8Array {
  let frame = frames.get(entry);
  if (!frame) frames.set(entry, (frame = encoder.encode(`id: ${entry.seq}\ndata: ${entry.json}\n\n`)));
  return frame;
}
