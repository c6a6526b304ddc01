import { useSyncExternalStore } from "react";

/** A value that lives outside components and notifies them of its changes. */
export interface Store<Value> {
  get(): Value;
  set(value: Value | ((before: Value) => Value)): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const to = typeof next === "function" ? (next as (before: Value) => Value)(value) : next;
      if (Object.is(to, value)) return;
      value = to;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export const useStore = <Value>({ subscribe, get }: Store<Value>): Value =>
  useSyncExternalStore(subscribe, get);
