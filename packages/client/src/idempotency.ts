import type { Operation, TRPCLink } from "@trpc/client";
import { copy } from "./json.ts";
import type { AppRouter } from "./router.ts";

type Call = Pick<Operation, "type" | "input">;

const isObject = (value: unknown): value is { idempotencyKey?: unknown; dryRun?: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a mutation has an idempotency key: however often it is made, it is done once. */
export const isKeyed = ({ type, input }: Call): boolean =>
  type === "mutation" && isObject(input) && typeof input.idempotencyKey === "string";

/** Whether a call stores nothing at all. */
export const isHarmless = ({ type, input }: Call): boolean =>
  type === "query" || (isObject(input) && input.dryRun === true);

/**
 * In milliseconds: how long after a mutation began its key surely stands for it. Roster keeps keys
 * for a day at the least; an attempt needs some of that itself.
 */
export const keyLifetime = 12 * 60 * 60 * 1_000;

/**
 * Makes each mutation one request, however many attempts it takes: its input is what it was when
 * the call was made, whatever the caller does with the object meanwhile, and it has an idempotency
 * key, unless that would serve nothing. Stands above the link that makes the attempts.
 *
 * @param generate whether mutations that have no key get one
 */
export const idempotencyLink =
  (generate: boolean): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) =>
    next(op.type === "mutation" ? { ...op, input: settled(op.input, generate) } : op);

function settled(given: unknown, generate: boolean): unknown {
  let input: unknown;
  try {
    input = copy(given);
  } catch {
    // It is no JSON, which the link that sends it says.
    return given;
  }
  if (!generate || !isObject(input) || input.idempotencyKey !== undefined || input.dryRun === true) {
    return input;
  }
  const idempotencyKey = newKey();
  return idempotencyKey === undefined ? input : { ...input, idempotencyKey };
}

/** A key that nobody else has; undefined where there is no good source of chance. */
function newKey(): string | undefined {
  const { crypto } = globalThis as { crypto?: Partial<typeof globalThis.crypto> };
  // Browsers have `randomUUID` only on pages that came over HTTPS or from the same machine.
  if (crypto?.randomUUID) return crypto.randomUUID();
  const bytes = crypto?.getRandomValues?.(new Uint8Array(16));
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Whether a mutation's answer is that of an earlier attempt with the same idempotency key, and
 * nothing was done this time. Answers that are records say so too, although their types don't.
 */
export const isReplay = (answer: object): boolean => (answer as { replayed?: unknown }).replayed === true;
