import { createClient, pageSession, type AppRouter } from "@roster/client";
import { QueryClient } from "@tanstack/react-query";
import { httpBatchStreamLink } from "@trpc/client";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { connected, onReturn } from "./connection.ts";
import { sessionEnded } from "./session.ts";

/** Typed calls with the session cookie of this origin. The client itself repeats what failed in passing. */
export const client = createClient({
  url: window.location.origin,
  token: pageSession,
  // A list does not wait for its count.
  batchLink: httpBatchStreamLink,
  async fetch(input, init) {
    const isFeed = new Headers(init?.headers).get("accept") === "text/event-stream";
    try {
      const response = await window.fetch(input, init);
      if (response.status === 401) sessionEnded();
      // A refusal is an answer, too.
      else if (isFeed) connected(response.status < 500);
      return response;
    } catch (error) {
      if (isFeed && init?.signal?.aborted !== true) connected(false);
      throw error;
    }
  },
});

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 30_000 },
    mutations: { retry: false },
  },
});

// All queries are read again: some may have failed, and the feed may have missed changes of others.
onReturn(() => void queryClient.invalidateQueries());

/** Query and mutation options for every procedure, such as `trpc.groupTag.list.queryOptions()`. */
export const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
