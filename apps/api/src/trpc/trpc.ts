import {
  refusal,
  RosterError,
  type Actor,
  type ErrorCode,
  type Fault,
  type RpcErrorShape,
  type Wire,
} from "@roster/domain";
import { getTRPCErrorFromUnknown, initTRPC, type TRPCError } from "@trpc/server";
import type { TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODE_NUMBER } from "@trpc/server/rpc";
import { Encoded } from "../record/encoded.ts";
import { idempotencyOf, keyFault } from "../record/idempotency.ts";
import type { Roster } from "../roster.ts";
import { codeOf, errorBody, toTrpcError } from "./errors.ts";

/** The context of procedures. It exposes neither the request nor the store. */
export interface TrpcContext {
  roster: Roster;
  /** Finds the actor of the call's token. @throws RosterError UNAUTHENTICATED */
  actor(): Promise<Actor>;
  /** The faults in a call's text that its parsed input cannot show, by the call's index in the batch. */
  lostOf?(call: number): Fault[];
  /** Whether an answer may be `Encoded`. If not, it is the value. */
  takesEncoded?: true;
  /** Reports a call that was answered or refused. */
  called?(procedure: string, milliseconds: number, refusal: ErrorCode | undefined): void;
}

/**
 * The wire is plain JSON, so nothing is transformed here. With a transformer, tRPC gives clients the declared
 * types instead of their JSON forms; the client's own link decodes values to them.
 */
const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };

// The context is `object` here, and only the base procedure knows its real type, so that the router's
// types, which clients see, never name it.
const t = initTRPC.context<object>().create({
  isDev: false,
  transformer: identity,
  sse: {
    // Proxies close silent connections, and so do clients.
    ping: { enabled: true, intervalMs: 10_000 },
    client: { reconnectAfterInactivityMs: 30_000 },
  },
  errorFormatter({ shape, error }): RpcErrorShape<TRPC_ERROR_CODE_NUMBER, TRPC_ERROR_CODE_KEY> {
    const body = errorBody(error);
    const { code, httpStatus, path } = shape.data;
    return {
      message: body.message,
      code: shape.code,
      data: { code, httpStatus, ...(path !== undefined && { path }), error: body },
    };
  },
});

export const { router } = t;

/** The base of every procedure: finds the actor, reads the idempotency key, maps refusals, reports the call. */
export const procedure = t.procedure.use(async ({ ctx, type, path, batchIndex, getRawInput, next }) => {
  const { roster, actor: authenticate, called, lostOf, takesEncoded } = ctx as TrpcContext;
  const begun = called && performance.now();
  const tell = (refusal?: TRPCError) => {
    if (begun !== undefined) called?.(path, performance.now() - begun, refusal && codeOf(refusal));
  };
  try {
    let actor = await authenticate();
    const raw = await getRawInput();
    const lost = lostOf?.(batchIndex) ?? [];
    if (lost.length > 0) throw refusal(lost);
    if (type === "mutation") {
      const { idempotencyKey } = (isObject(raw) ? raw : {}) as { idempotencyKey?: unknown };
      // The reader of the input reports a faulty key, together with the other faults.
      if (idempotencyKey !== undefined && !keyFault(idempotencyKey, keyPlace)) {
        const { idempotencyKey: _, ...request } = raw as { idempotencyKey: unknown; dryRun?: unknown };
        const idempotency = idempotencyOf(idempotencyKey, keyPlace, path, request);
        // A dry run stores nothing, so it needs no protection from repetition.
        if (request.dryRun !== true) actor = { ...actor, idempotency };
      }
    }
    const result = await next({ ctx: { roster, actor, authenticate, takesEncoded } });
    if (!result.ok) throw result.error.cause instanceof RosterError ? result.error.cause : result.error;
    tell();
    return result;
  } catch (error) {
    const refusal = error instanceof RosterError ? toTrpcError(error) : getTRPCErrorFromUnknown(error);
    tell(refusal);
    throw refusal;
  }
});

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The place of the idempotency key in the input of a mutation. */
const keyPlace = "/idempotencyKey";

/** The part of a mutation's input that the base procedure reads: see `idempotencyOf`. */
type Keyed = {
  /** The same request with the same key takes effect once, and gets the first answer again. */
  idempotencyKey?: string | undefined;
};

/** The input of a mutation, without the idempotency key, which the base procedure has read unless it is faulty. */
export const mutationInput = <Written, Read>(parse: (raw: unknown) => Read) =>
  input<Written & Keyed, Read>((raw) => {
    if (!isObject(raw) || !("idempotencyKey" in raw)) return parse(raw);
    const { idempotencyKey: key, ...own } = raw;
    const fault = key === undefined ? undefined : keyFault(key, keyPlace);
    return fault ? withFault(fault, () => parse(own)) : parse(own);
  });

/** Adds a fault to those of an input. @throws RosterError with all of them, unless the input carries its faults */
function withFault<Read>(fault: Fault, parse: () => Read): Read {
  const faults = [fault];
  try {
    const parsed = parse();
    if (isObject(parsed) && "faults" in parsed)
      return { ...parsed, faults: [fault, ...(parsed.faults as Fault[])] };
  } catch (error) {
    if (!(error instanceof RosterError && error.faults)) throw error;
    faults.push(...error.faults);
  }
  throw refusal(faults);
}

/** An input with two types: the one that callers write, and the one that the reader returns. */
export const input = <Written, Read>(parse: (raw: unknown) => Read) =>
  ({ parse }) as unknown as Input<Written, Read>;

export interface Input<Written, Read> {
  _input: Written;
  _output: Read;
}

type Answer<Json> = Json | Encoded<Json>;

/** Answers a call. @throws RosterError */
type Resolve<Read, Json> = (
  roster: Roster,
  actor: Actor,
  input: Read,
) => Answer<Json> | Promise<Answer<Json>>;

/**
 * A resolver for tRPC. It answers JSON; its declared type is the one that typed clients get by decoding with
 * the same `Wire`. Answers are not validated on the way out.
 */
const answering =
  <Read, Json, Decoded>(_wire: Wire<Json, Decoded>, resolve: Resolve<Read, Json>) =>
  async ({ ctx, input }: { ctx: Answering; input: unknown }): Promise<Decoded> => {
    const answer: unknown = await resolve(ctx.roster, ctx.actor, input as Read);
    return (answer instanceof Encoded && !ctx.takesEncoded ? answer.value : answer) as Decoded;
  };

interface Answering extends Pick<TrpcContext, "roster" | "takesEncoded"> {
  actor: Actor;
}

/** A procedure that reads. */
export const query = <Written, Read, Json, Decoded>(
  input: Input<Written, Read>,
  wire: Wire<Json, Decoded>,
  resolve: Resolve<Read, Json>,
) => procedure.input(input).query(answering(wire, resolve));

/** A procedure that writes. */
export const mutation = <Written, Read, Json, Decoded>(
  input: Input<Written, Read>,
  wire: Wire<Json, Decoded>,
  resolve: Resolve<Read, Json>,
) => procedure.input(input).mutation(answering(wire, resolve));
