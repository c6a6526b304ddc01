import type {
  ChangeEntry,
  ChangeListInput,
  ChangePage,
  ChangeWatchInput,
  FeedEvent,
  RecordType,
} from "@roster/domain";
import type { TRPCClient } from "@trpc/client";
import type { AppRouter } from "../router.ts";

/** The number of queued changes at which the feed pauses for a slow reader. */
const most = 1_000;

export interface WatchOptions {
  /** Ends the watch. */
  signal?: AbortSignal | undefined;
}

/** Changes as they occur, in the order of `seq`, each exactly once. */
export interface Watch<Type extends RecordType = RecordType> extends AsyncIterableIterator<
  ChangeEntry<Type>,
  undefined
> {
  /**
   * The feed's position: every matching change up to here has been returned. Save it after processing a
   * change, and pass it as `after` to continue later. Undefined until it is known.
   */
  readonly seq: number | undefined;
  /** Ends the watch. */
  return(): Promise<IteratorResult<ChangeEntry<Type>, undefined>>;
}

/**
 * Watches changes, of the record types in `types` if given.
 * @throws what `change.list` throws if the feed is refused
 */
export type WatchChanges = <const Type extends RecordType = RecordType>(
  input?: ChangeWatchInput<Type>,
  options?: WatchOptions,
) => Watch<Type>;

/** Reads a page of changes, of the record types in `types` if given. */
export type ListChanges = <const Type extends RecordType = RecordType>(
  input?: ChangeListInput<Type>,
  options?: Parameters<TRPCClient<AppRouter>["change"]["list"]["query"]>[1],
) => Promise<ChangePage<ChangeEntry<Type>>>;

/** The events of a feed for a pull-based reader. */
interface Feed {
  next(): Promise<FeedEvent<ChangeEntry> | undefined>;
  end(): void;
}

/** Subscribes on demand and pauses when the reader falls behind. */
export function feedOf(
  client: TRPCClient<AppRouter>,
  input: ChangeWatchInput,
  { signal }: WatchOptions,
): Feed {
  let queue: { id: string; data: FeedEvent<ChangeEntry> }[] = [];
  let lastEventId = input.lastEventId;
  let subscription: { unsubscribe(): void } | undefined;
  let failure: { error: unknown } | undefined;
  let ended = signal?.aborted ?? false;
  let wake = () => {};

  const pause = () => {
    subscription?.unsubscribe();
    subscription = undefined;
  };
  const subscribe = () => {
    subscription = client.change.watch.subscribe(
      { ...input, ...(lastEventId !== undefined && { lastEventId }) },
      {
        onData(event) {
          if (ended || !subscription) return;
          queue.push(event);
          lastEventId = event.id;
          if (queue.length >= most) pause();
          wake();
        },
        onError(error) {
          failure = { error };
          wake();
        },
      },
    );
  };
  const end = () => {
    ended = true;
    queue = [];
    signal?.removeEventListener("abort", end);
    pause();
    wake();
  };
  signal?.addEventListener("abort", end);

  return {
    end,
    async next() {
      for (;;) {
        if (ended) return undefined;
        const event = queue.shift();
        if (event) return event.data;
        if (failure) {
          end();
          throw failure.error;
        }
        if (!subscription) subscribe();
        if (queue.length === 0 && !failure) await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** @param client the client whose `change.watch` is subscribed to */
export const watchWith =
  (client: TRPCClient<AppRouter>) =>
  (input: ChangeWatchInput = {}, options: WatchOptions = {}): Watch => {
    const feed = feedOf(client, input, options);
    let seq = input.after;
    let turn: Promise<unknown> = Promise.resolve();
    const advance = async (): Promise<IteratorResult<ChangeEntry, undefined>> => {
      for (let event = await feed.next(); event; event = await feed.next()) {
        ({ seq } = event);
        if (event.change) return { done: false, value: event.change };
      }
      return { done: true, value: undefined };
    };
    return {
      get seq() {
        return seq;
      },
      next() {
        // Serialises concurrent calls of `next`.
        const result = turn.then(advance);
        turn = result.catch(() => undefined);
        return result;
      },
      return() {
        feed.end();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };
