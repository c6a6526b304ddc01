import { appRouter, type AppRouter } from "@roster/api/router";
import type { ErrorBody } from "@roster/domain";
import type { Rpc } from "../rpc.ts";
import { nouns } from "./known.ts";

/** The members of an input, as the server reports them. */
export interface Shape {
  /** Required members. */
  required: readonly string[];
  /** All members. */
  members: readonly string[];
  /** The shapes of members that are objects, or lists of objects. */
  within: Readonly<Record<string, Shape>>;
}

export interface Procedure {
  path: string;
  kind: "query" | "mutation";
  takes: Shape;
}

// At run time the router holds procedures by their full path; its types do not say so.
const known = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
/** All procedures except subscriptions, whose answers do not end. */
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
/** The name of a member of any input. */
export type InputMember = KeysOf<Inputs>;

/** Every mutation takes this member, and the server checks it first. */
const keyed = "idempotencyKey" satisfies InputMember;
/** A name that no input has: the server refuses each probe, so that probing changes nothing. */
const none = "no member";
const isMadeOf: Readonly<Record<string, (inner: object) => unknown>> = {
  items: (inner) => [inner],
  filter: (inner) => inner,
};

/**
 * Learns each procedure's input from the server's refusals: a probe without members shows which ones are
 * required, and a probe with all of them which ones are unknown.
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
        if (!empty.some(([name]) => name === none))
          throw new Error(`${path} accepts a member that no input has`);
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

/** The faulty members below a pointer, with the codes of their faults. */
const faultsAt = (error: ErrorBody | undefined, pointer: string): [name: string, code: string][] =>
  (error?.faults ?? [])
    .filter((fault) => fault.pointer.startsWith(`${pointer}/`))
    .map(({ pointer: at, code }) => [at.slice(pointer.length + 1), code]);
