import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../router.ts";

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

/**
 * The answers of procedures, by name: `{ customer: { get: ({ where }) => … } }`. A function that throws a
 * `RosterError` refuses the call, as Roster would.
 */
export type Answers = {
  [Noun in keyof Inputs]?: {
    [Verb in keyof Inputs[Noun]]?: (
      input: Inputs[Noun][Verb],
    ) => Outputs[Noun][Verb] | Promise<Outputs[Noun][Verb]>;
  };
};

/** The same, as the handlers call it. */
export type AnyAnswers = Readonly<
  Record<string, Readonly<Record<string, ((input: unknown) => unknown) | undefined>> | undefined>
>;
