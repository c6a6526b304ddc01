import { RosterProvider } from "@roster/client/react";
import type { RosterClient } from "@roster/client";
import { QueryClient } from "@tanstack/react-query";
import { createElement } from "react";
import { vi } from "vitest";
// @ts-expect-error: it has no types of its own.
import { create as untypedCreate } from "react-test-renderer";

const create = untypedCreate as (element: object) => { unmount(): void };

/** A component that only calls a hook, rendered by React. */
export interface Rendered<T> {
  /** The value that the hook returned at the latest rendering. */
  readonly current: T;
  /** Everything that it returned, rendering by rendering. */
  readonly all: T[];
  queryClient: QueryClient;
  unmount(): void;
}

/** Renders a component below a `RosterProvider`. @returns after the first rendering */
export async function renderHook<T>(client: RosterClient, hook: () => T): Promise<Rendered<T>> {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const all: T[] = [];
  const first = Promise.withResolvers<void>();
  const Probe = () => {
    all.push(hook());
    first.resolve();
    return null;
  };
  const root = create(createElement(RosterProvider, { client, queryClient }, createElement(Probe)));
  await first.promise;
  return {
    get current() {
      return all.at(-1) as T;
    },
    all,
    queryClient,
    unmount() {
      root.unmount();
      queryClient.clear();
    },
  };
}

/** Waits until a check passes, however busy the machine is. */
export const until = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 10 });
