import type { JsonObject, JsonValue } from "@roster/domain";
import type { Random } from "../guarantees/random.ts";
import type { Door, Reply, Response } from "./door.ts";
import { checkDryRun, takesDryRun } from "./laws/dry-run.ts";
import { checkReplay, type KeptRequest } from "./laws/replay.ts";
import { contents } from "./laws/nothing-changed.ts";
import { marker } from "./marks.ts";
import { computed, Model, without, type Entry, type Known, type Shown, type Type } from "./model.ts";
import type { Names } from "./values.ts";
import { same } from "./wrong.ts";

/** A command that was carried out, or refused. */
export interface Done extends Reply {
  /** The changes that it made. */
  entries: Entry[];
}

/** One history of a tenant: its server, what is known of it, and the choices of what happens next. */
export class History {
  readonly door: Door;
  readonly model: Model;
  /** What makes the choices now. */
  random: Random;
  readonly mark = marker();
  /** Marks that are in the tenant's settings, and in no record. */
  readonly tenantMarks = new Set<string>();
  /** Pairs of customers of which somebody said that they are not the same. */
  readonly distinct = new Set<string>();
  /** Requests with idempotency keys, and their first answers. */
  readonly kept: KeptRequest[] = [];
  /** The ids of change sets, oldest first. */
  readonly sets: string[] = [];
  /** The open change set whose changes the bulk requests belong to. */
  openSet: string | undefined;
  levels: string[] = [];
  groupTags: string[] = [];
  accessGroups: string[] = [];
  channels: number[] = [];
  /** How often each path was called, and how often it was accepted. */
  readonly tally = new Map<string, { sent: number; accepted: number }>();
  #keys = 0;

  constructor(door: Door, random: Random) {
    this.door = door;
    this.random = random;
    this.model = new Model(door);
  }

  /** What values can refer to now. */
  names(): Names {
    const customers = this.model.live("customer").map(({ id }) => this.model.current(id));
    const { levels, groupTags, accessGroups, channels } = this;
    return {
      customers: customers.flatMap(({ id, providedId }) =>
        providedId === null ? [id] : [id, providedId as string],
      ),
      users: this.model.live("user").map(({ id }) => this.model.current(id)["number"] as number),
      levels,
      groupTags,
      accessGroups,
      channels,
      mark: this.mark,
    };
  }

  /** One of the records of a type, mostly a live one that has not been touched for long or was just made. */
  some(type: Type, liveShare = 0.9): Known | undefined {
    const all = this.model.of(type).filter(({ erased }) => !erased);
    const live = this.model.live(type);
    const from = live.length > 0 && this.random.chance(liveShare) ? live : all;
    return from.length === 0 ? undefined : this.random.pick(from);
  }

  /** Names a record by one of its unique values. */
  whereOf({ id, type }: Known): JsonObject {
    const shown = this.model.current(id);
    const names = {
      customer: ["number", "providedId", "referenceId"],
      user: ["number", "username"],
      userGroup: [],
    };
    const own = names[type].filter(
      (name) => shown[name] !== null && (shown.deletedAt === null || name === "number"),
    );
    const field = this.random.chance(0.4) && own.length > 0 ? this.random.pick(own) : "id";
    return { [field]: shown[field] as JsonValue };
  }

  /**
   * Sends a command, sometimes a dry run of it before and with a key to repeat it by, and checks what no
   * command may do.
   */
  async command(path: string, input: JsonObject): Promise<Done> {
    const { random, door, model } = this;
    const dry =
      takesDryRun.has(path) && random.chance(0.25)
        ? await door.call(path, { ...input, dryRun: true })
        : undefined;
    if (dry) same((await model.observe()).length, 0, `the number of changes by a dry run of ${path}`);
    const keyed = random.chance(0.25) ? { ...input, idempotencyKey: `key-${++this.#keys}` } : input;
    const before = random.chance(0.03) ? await contents(door.server) : undefined;
    const reply = await door.call(path, keyed);
    const entries = await model.observe();
    this.#count(path, !reply.error);
    if (reply.error) {
      same(entries, [], `the changes of the refused ${path} ${JSON.stringify(input)}`);
      if (before) same(await contents(door.server), before, `the database after the refused ${path}`);
    } else {
      if (keyed !== input) this.kept.push({ path, input: keyed, reply: reply.data, seq: model.seq });
      this.#compareShown(reply.data, entries);
      this.#noteSet(reply.data);
    }
    if (dry) checkDryRun(path, dry, reply, entries);
    return { ...reply, entries };
  }

  /** Sends a request of another surface that changes something. */
  async request(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const answer = await this.door.send(method, path, body, headers);
    const entries = await this.model.observe();
    const isAccepted = answer.status < 400;
    this.#count(
      `${method} ${path.replaceAll(/[0-9a-f-]{36}|\d+(?=\?|$)/g, "…").replace(/\?.*/, "")}`,
      isAccepted,
    );
    if (!isAccepted)
      same(entries, [], `the changes of the refused ${method} ${path} ${JSON.stringify(body)}`);
    return answer;
  }

  /** Sends a request as an identity provider does. */
  scim(method: string, path: string, body?: object): Promise<Response> {
    const headers = { accept: "application/scim+json", "content-type": "application/scim+json" };
    return this.request(method, `/scim/v2${path}`, body, headers);
  }

  /** Does something through a client of its own. */
  async outside(what: string, work: () => Promise<void>): Promise<void> {
    await work();
    const entries = await this.model.observe();
    this.#count(what.split(" ", 1)[0] as string, entries.length > 0);
  }

  /** Repeats one of the requests with a key, which must change nothing. */
  async repeat(): Promise<void> {
    if (this.kept.length === 0) return;
    const request = this.random.pick(this.kept);
    const reply = await this.door.call(request.path, request.input);
    same(await this.model.observe(), [], `the changes of the repeated ${request.path}`);
    checkReplay(request, reply, this.model);
  }

  #count(path: string, isAccepted: boolean): void {
    const tally = this.tally.get(path) ?? { sent: 0, accepted: 0 };
    tally.sent++;
    if (isAccepted) tally.accepted++;
    this.tally.set(path, tally);
  }

  #noteSet(data: JsonObject): void {
    const named = data["changeSet"];
    const id = typeof named === "object" && named !== null ? (named as JsonObject)["id"] : named;
    if (typeof id === "string" && !this.sets.includes(id)) this.sets.push(id);
  }

  /** The records in an answer are as a reader finds them right after it. */
  #compareShown(data: JsonValue, entries: readonly Entry[]): void {
    for (const shown of recordsIn(data)) {
      const known = this.model.records.get(shown.id);
      if (!known) continue;
      const now = this.model.current(shown.id);
      if (now.version !== shown.version) continue;
      // What a record inherits may have changed since it was known.
      const isNew = entries.some(({ recordId }) => recordId === shown.id);
      const parts = ["replayed", ...(isNew ? [] : computed)];
      same(without(shown, ...parts), without(now, ...parts), `${known.type} ${shown.id} in the answer`);
    }
  }
}

/** All records in an answer. */
function* recordsIn(value: JsonValue): Generator<Shown> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value) && typeof value["id"] === "string" && "createdBy" in value && "version" in value)
    yield value as Shown;
  for (const part of Object.values(value)) yield* recordsIn(part);
}
