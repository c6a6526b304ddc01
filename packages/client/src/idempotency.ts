import type { Operation, TRPCLink } from "@trpc/client";
import { copy } from "./json.ts";
import type { AppRouter } from "./router.ts";

type Call = Pick<Operation, "type" | "input">;

const isObject = (value: unknown): value is { idempotencyKey?: unknown; dryRun?: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a mutation has an idempotency key, so repeating it applies it only once. */
export const isKeyed = ({ type, input }: Call): boolean =>
  type === "mutation" && isObject(input) && typeof input.idempotencyKey === "string";

/** Whether a call stores nothing. */
export const isHarmless = ({ type, input }: Call): boolean =>
  type === "query" || (isObject(input) && input.dryRun === true);

/**
 * Milliseconds after its start during which a mutation's key is certainly remembered. Roster keeps keys for
 * at least a day; an attempt itself takes some of that.
 */
export const keyLifetime = 12 * 60 * 60 * 1_000;

/**
 * Makes all attempts of a mutation the same request: it copies the input, so that the caller may change its
 * object meanwhile, and adds an idempotency key where one is useful. It stands above the link that makes the
 * attempts.
 *
 * @param generate whether mutations without a key get one
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
    // Not JSON; the sending link reports it.
    return given;
  }
  if (!generate || !isObject(input) || input.idempotencyKey !== undefined || input.dryRun === true) {
    return input;
  }
  const idempotencyKey = newKey();
  return idempotencyKey === undefined ? input : { ...input, idempotencyKey };
}

/** A unique key; undefined without a secure random source. */
function newKey(): string | undefined {
  const { crypto } = globalThis as { crypto?: Partial<typeof globalThis.crypto> };
  // Browsers offer `randomUUID` only on pages loaded over HTTPS or from localhost.
  if (crypto?.randomUUID) return crypto.randomUUID();
  const bytes = crypto?.getRandomValues?.(new Uint8Array(16));
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Whether a mutation's answer repeats that of an earlier attempt with the same idempotency key, so nothing
 * was done this time. Answers that are records carry the mark too, although their types do not show it.
 */
export const isReplay = (answer: object): boolean => (answer as { replayed?: unknown }).replayed === true;
