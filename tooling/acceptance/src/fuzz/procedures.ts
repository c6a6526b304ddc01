import { appRouter, type AppRouter } from "@roster/api/router";
import type { ErrorBody } from "@roster/domain";
import type { Rpc } from "../rpc.ts";
import { nouns } from "./known.ts";

/** What an input is made of, as the server says. */
export interface Shape {
  /** Members that it must have. */
  required: readonly string[];
  /** All members that it may have. */
  members: readonly string[];
  /** What the members that are made of others are made of; of a list, what an item is. */
  within: Readonly<Record<string, Shape>>;
}

export interface Procedure {
  path: string;
  kind: "query" | "mutation";
  takes: Shape;
}

// The paths of the router are flat at run time, which its types do not say.
const known = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
/** All procedures but subscriptions, whose answers have no end. */
export const procedurePaths: readonly Pick<Procedure, "path" | "kind">[] = Object.entries(known).flatMap(
  ([path, { _def: definition }]) =>
    definition.type === "query" || definition.type === "mutation" ? [{ path, kind: definition.type }] : [],
);

type Routers = AppRouter["_def"]["record"];
type Inputs = {
  [Noun in keyof Routers]: {
    [Verb in keyof Routers[Noun]]: Routers[Noun][Verb] extends { _def: { $types: { input: infer Input } } }
      ? Input
      : never;
  }[keyof Routers[Noun]];
}[keyof Routers];
type KeysOf<T> = T extends object ? keyof T & string : never;
/** The name of a member of any procedure's input. */
export type InputMember = KeysOf<Inputs>;

/** Every mutation takes it, and the server looks at it before all else. */
const keyed = "idempotencyKey" satisfies InputMember;
/** A name that no input has. A request with it is refused, so that nothing is done while the server is asked. */
const none = "no member";
const isMadeOf: Readonly<Record<string, (inner: object) => unknown>> = {
  items: (inner) => [inner],
  filter: (inner) => inner,
};

/**
 * Finds out what each procedure takes by its refusals: of a request with no member, which members are
 * required, and of one with all, which are unknown.
 *
 * @param words members that inputs may have beside fields
 */
export async function proceduresOf(rpc: Rpc, words: readonly string[]): Promise<Procedure[]> {
  return Promise.all(
    procedurePaths.map(async ({ path, kind }) => {
      const fields = nouns.find(([noun]) => path.startsWith(`${noun}.`))?.[1] ?? {};
      const names = [...new Set([...words, ...Object.keys(fields)])].filter((name) => name !== keyed);
      const shapeAt = async (pointer: string, wrap: (inner: object) => unknown): Promise<Shape> => {
        const ask = async (input: object): Promise<[name: string, code: string][]> => {
          const { error } = await rpc(path, wrap(input));
          return faultsAt(error, pointer);
        };
        const empty = await ask({ [none]: true });
        if (!empty.some(([name]) => name === none)) throw new Error(`${path} takes a member that is none`);
        const full = await ask({ [none]: true, ...Object.fromEntries(names.map((name) => [name, true])) });
        const unknown = new Set(
          full.filter(([, code]) => code === "unknown_field" || code === "read_only").map(([name]) => name),
        );
        const members = names.filter((name) => !unknown.has(name));
        const within: Record<string, Shape> = {};
        for (const name of members) {
          const make = isMadeOf[name];
          if (make)
            within[name] = await shapeAt(`${pointer}/${name}${name === "items" ? "/0" : ""}`, (inner) =>
              wrap({ [name]: make(inner) }),
            );
        }
        const required = empty.map(([name]) => name).filter((name) => members.includes(name));
        return { required, members, within };
      };
      const takes = await shapeAt("", (inner) => inner);
      return {
        path,
        kind,
        takes: kind === "mutation" ? { ...takes, members: [...takes.members, keyed] } : takes,
      };
    }),
  );
}

/** The members at a place that a refusal finds fault with, and its codes. */
const faultsAt = (error: ErrorBody | undefined, pointer: string): [name: string, code: string][] =>
  (error?.faults ?? [])
    .filter((fault) => fault.pointer.startsWith(`${pointer}/`))
    .map(({ pointer: at, code }) => [at.slice(pointer.length + 1), code]);
