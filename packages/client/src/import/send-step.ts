import {
  pointer,
  segments,
  type Change,
  type JsonObject,
  type JsonValue,
  type Page,
  type UpsertManyInput,
  type WrittenItem,
  type WrittenResult,
} from "@roster/domain";
import { isKeyMismatch, rosterError } from "../errors.ts";
import { isReplay } from "../idempotency.ts";
import { asCreated, keyColumn, rowFault, type Item, type ItemRules, type RowFault } from "./item.ts";
import type { Target } from "./target.ts";

type BulkInput = UpsertManyInput<JsonObject> & { idempotencyKey?: string | undefined };

/** The calls of a client that an import makes, the same for customers and users. */
export interface BulkCalls {
  createMany: { mutate(input: BulkInput): Promise<WrittenResult> };
  upsertMany: { mutate(input: BulkInput): Promise<WrittenResult> };
  list: { query(input: JsonObject): Promise<Page<object>> };
}

/** What every request of a pass says besides its items. */
export interface StepRequest {
  changeSet?: string;
  dryRun?: true;
  reason?: string | undefined;
}

/** What became of an item. */
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
    const { key } = this.#rules;
    if (key && key.path.length > 0) return this.#sendByProperty(request, items, key, idempotencyKey);
    const call = key ? "upsertMany" : "createMany";
    const inputs = items.map((item) => item.input);
    return this.#call(call, request, inputs, idempotencyKey);
  }

  async #call(
    name: "createMany" | "upsertMany",
    request: StepRequest,
    items: readonly JsonObject[],
    idempotencyKey: string | undefined,
  ): Promise<{ outcomes: Outcome[]; resumed: boolean }> {
    if (items.length === 0) return { outcomes: [], resumed: false };
    const input = {
      ...request,
      mode: "independent" as const,
      items,
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

  /**
   * Sends items that find their records by a property: those that one record has update it, those that none has
   * make one.
   */
  async #sendByProperty(
    request: StepRequest,
    items: readonly Item[],
    key: Target,
    idempotencyKey: string | undefined,
  ): Promise<{ outcomes: Outcome[]; resumed: boolean }> {
    const found = await this.#findByProperty(items, key);
    const outcomes = new Map<Item, Outcome>();
    const [updates, creates]: [Item[], Item[]] = [[], []];
    for (const item of items) {
      const ids = found.get(item.key as string) ?? [];
      if (ids.length > 1) outcomes.set(item, { faults: [this.#severalFault()] });
      else (ids.length === 1 ? updates : creates).push(item);
    }
    let resumed = false;
    const part = async (name: "createMany" | "upsertMany", of: readonly Item[], inputs: JsonObject[]) => {
      const stepKey = idempotencyKey === undefined ? undefined : `${idempotencyKey}-${name}`;
      const sent = await this.#call(name, request, inputs, stepKey).catch((error: unknown) => {
        // An earlier run has stored a part of the step, so that its records are found now. Without the key of
        // the step, what is stored already is left as it is.
        if (!isKeyMismatch(error)) throw error;
        return this.#call(name, request, inputs, undefined);
      });
      resumed ||= sent.resumed;
      for (const [i, item] of of.entries()) outcomes.set(item, sent.outcomes[i] as Outcome);
    };
    const idOf = (item: Item) => (found.get(item.key as string) as string[])[0] as string;
    await part(
      "upsertMany",
      updates,
      updates.map((item) => ({ where: { id: idOf(item) }, ...item.input })),
    );
    await part(
      "createMany",
      creates,
      creates.map((item) => asCreated(item.input)),
    );
    return { outcomes: items.map((item) => outcomes.get(item) as Outcome), resumed };
  }

  /** The ids of the live records that have a value of the items' property, by the item's key. */
  async #findByProperty(items: readonly Item[], { path }: Target): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    const values = items.map(({ keyValue }) => keyValue as JsonValue);
    for (let from = 0; from < values.length; from += mostValues) {
      const properties = { [pointer(...path)]: { in: values.slice(from, from + mostValues) } };
      for (let cursor: string | null = ""; cursor !== null;) {
        const input = { filter: { properties }, limit: 200, fresh: true, ...(cursor !== "" && { cursor }) };
        const page: Page<object> = await this.#ask(() => this.#calls.list.query(input));
        for (const record of page.items as { id: string; properties: JsonObject }[]) {
          let value: JsonValue | undefined = record.properties;
          for (const name of path) value = (value as JsonObject | undefined)?.[name];
          const text = JSON.stringify(value);
          found.set(text, [...(found.get(text) ?? []), record.id]);
        }
        cursor = page.nextCursor;
      }
    }
    return found;
  }

  #severalFault(): RowFault {
    const column = keyColumn(this.#rules)?.header;
    return {
      column,
      code: "ambiguous",
      message: "several records have this value, so it names none of them",
    };
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

/** The most values of one condition of a list. */
const mostValues = 100;
