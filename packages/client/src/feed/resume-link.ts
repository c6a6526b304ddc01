import type { TRPCClientError, TRPCLink } from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { backOff, mayRetry } from "../retry.ts";
import type { AppRouter } from "../router.ts";

/**
 * Reconnects a subscription after its last event whenever the connection ends, without limit. A refusal by
 * Roster ends it, and so do more than `retries` failures before the first connection.
 *
 * @param retries maximum number of further attempts for a failed call
 */
export const resumeLink =
  (retries: number): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) => {
    if (op.type !== "subscription") return next(op);
    return observable((observer) => {
      let ended = false;
      let connected = false;
      let failed = 0;
      let lastEventId: string | undefined;
      let running: Unsubscribable | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;

      const again = (error?: TRPCClientError<AppRouter>) => {
        if (ended) return;
        if (op.signal?.aborted) return observer.complete();
        failed++;
        const hopeless = !connected && failed > retries;
        // Reading again is as harmless as repeating a query.
        if (error && (hopeless || !mayRetry({ type: "query", input: undefined }, error))) {
          return observer.error(error);
        }
        timer = setTimeout(attempt, backOff(failed));
      };
      const attempt = () => {
        const input = lastEventId === undefined ? op.input : { ...(op.input as object), lastEventId };
        running = next({ ...op, input }).subscribe({
          next(envelope) {
            if ("id" in envelope.result && envelope.result.id !== undefined) {
              lastEventId = envelope.result.id;
              connected = true;
              failed = 0;
            }
            observer.next(envelope);
          },
          error: again,
          complete: () => again(),
        });
      };
      const abort = () => {
        clearTimeout(timer);
        observer.complete();
      };

      op.signal?.addEventListener("abort", abort);
      attempt();
      return () => {
        ended = true;
        op.signal?.removeEventListener("abort", abort);
        clearTimeout(timer);
        running?.unsubscribe();
      };
    });
  };
