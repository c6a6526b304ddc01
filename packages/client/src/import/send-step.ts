import {
  pointer,
  segments,
  type Change,
  type JsonObject,
  type UpsertManyInput,
  type WrittenItem,
  type WrittenResult,
} from "@roster/domain";
import { rosterError } from "../errors.ts";
import { isReplay } from "../idempotency.ts";
import { rowFault, type Item, type ItemRules, type RowFault } from "./item.ts";

type BulkInput = UpsertManyInput<JsonObject> & { idempotencyKey?: string | undefined };

/** The calls of a client that an import makes, the same for customers and users. */
export interface BulkCalls {
  createMany: { mutate(input: BulkInput): Promise<WrittenResult> };
  upsertMany: { mutate(input: BulkInput): Promise<WrittenResult> };
}

/** The members of every request of a pass besides its items. */
export interface StepRequest {
  changeSet?: string;
  dryRun?: true;
  reason?: string | undefined;
}

/** The outcome of an item. */
export type Outcome =
  | { outcome: "created" | "updated" | "unchanged"; changes?: readonly Change[] | undefined }
  | { faults: RowFault[] };

/** Sends the items of a step. */
export class StepSender {
  readonly #calls: BulkCalls;
  readonly #rules: ItemRules;
  readonly #ask: <T>(call: () => Promise<T>) => Promise<T>;

  /** @param ask makes a call that may be repeated */
  constructor(calls: BulkCalls, rules: ItemRules, ask: <T>(call: () => Promise<T>) => Promise<T>) {
    this.#calls = calls;
    this.#rules = rules;
    this.#ask = ask;
  }

  /**
   * @param idempotencyKey of the step; undefined for a dry run
   * @returns an outcome for each item, and whether an earlier run had stored the step
   */
  async send(
    request: StepRequest,
    items: readonly Item[],
    idempotencyKey: string | undefined,
  ): Promise<{ outcomes: Outcome[]; resumed: boolean }> {
    if (items.length === 0) return { outcomes: [], resumed: false };
    const name = this.#rules.key ? "upsertMany" : "createMany";
    const input = {
      ...request,
      mode: "independent" as const,
      items: items.map((item) => item.input),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    };
    let answer: WrittenResult;
    try {
      answer = await this.#ask(() => this.#calls[name].mutate(input));
    } catch (error) {
      // The step was stored, and one of its records was erased since, so that its answer is gone.
      if (idempotencyKey === undefined || rosterError(error)?.code !== "DELETED") throw error;
      return { outcomes: items.map(() => ({ outcome: "unchanged" })), resumed: true };
    }
    const isNew = name === "createMany";
    return { outcomes: answer.items.map((item) => this.#outcomeOf(item, isNew)), resumed: isReplay(answer) };
  }

  #outcomeOf(item: WrittenItem, isNew: boolean): Outcome {
    if (item.outcome !== "refused") return { outcome: item.outcome, changes: item.changes };
    const { code, message, faults = [] } = item.error;
    if (faults.length === 0) return { faults: [{ column: undefined, code, message }] };
    // Pointers lead into the request: /items/3/patch/email.
    const here = faults.map((fault) => ({ ...fault, pointer: pointer(...segments(fault.pointer).slice(2)) }));
    return { faults: here.map((fault) => rowFault(fault, isNew, this.#rules)) };
  }
}
