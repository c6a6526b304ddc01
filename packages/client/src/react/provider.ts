import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { createContext, createElement, useContext, useMemo, type ReactElement, type ReactNode } from "react";
import type { RosterClient } from "../client.ts";
import type { AppRouter } from "../router.ts";
import { liveRecords, type LiveRecords } from "./live-records.ts";

const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

interface Surroundings {
  client: RosterClient;
  live: LiveRecords;
}
const RosterContext = createContext<Surroundings | undefined>(undefined);

export interface RosterProviderProps {
  /** The client for all calls, of `createClient` or `createLocalClient`. */
  client: RosterClient;
  /** Holds the answers. An app that uses TanStack Query for other things too gives the same one to both. */
  queryClient: QueryClient;
  children?: ReactNode;
}

/** Gives the hooks below it a client. It provides TanStack Query's context as well. */
export function RosterProvider({ client, queryClient, children }: RosterProviderProps): ReactElement {
  const surroundings = useMemo(() => ({ client, live: liveRecords(client) }), [client]);
  return createElement(
    QueryClientProvider,
    { client: queryClient },
    createElement(
      TRPCProvider,
      // `children` is a required property of this component.
      {
        trpcClient: client,
        queryClient,
        children: createElement(RosterContext.Provider, { value: surroundings }, children),
      },
    ),
  );
}

/**
 * Every procedure as options of TanStack Query's own hooks: `useQuery(roster.customer.get.queryOptions(…))`.
 * @throws Error outside a `RosterProvider`
 */
export const useRoster = useTRPC;

/** @throws Error outside a `RosterProvider` */
export const useRosterClient = (): RosterClient => useSurroundings().client;

export function useSurroundings(): Surroundings {
  const surroundings = useContext(RosterContext);
  if (!surroundings) throw new Error("this hook needs a <RosterProvider> above it");
  return surroundings;
}
