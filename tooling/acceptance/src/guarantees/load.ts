import type { Change, CustomerJson, ManyResult, MergeResult } from "@roster/domain";
import { rpcOf, type RpcReply } from "../rpc.ts";
import type { Acknowledgement, Entry, Ledger, Written } from "./ledger.ts";
import type { Random } from "./random.ts";

/** The address of a server. */
export interface Door {
  /** Possibly another one each time, and with a delay, because all may be restarting. */
  url(turn: number): Promise<string>;
  token: string;
}

/** The records that all clients change. */
export interface Scene {
  /** The ids of the few customers and users that all clients change. */
  customers: string[];
  users: string[];
}

export const levels = ["World", "Group", "Company", "Department", "Site"];

/** The maximum number of tags, emails and keys that a client adds to a customer; the sets have limits. */
const own = { tags: 3, emails: 4, keys: 30 };

/** @param clients the number of clients, each with tags of its own */
export async function prepareScene(
  door: Door,
  clients: number,
  { customers = 6, users = 3 }: { customers?: number; users?: number } = {},
): Promise<Scene> {
  const rpc = rpcOf(await door.url(0), door.token);
  const done = (reply: RpcReply): RpcReply["data"] => {
    if (reply.status !== 200) throw new Error(`the setup failed: ${JSON.stringify(reply.error)}`);
    return reply.data;
  };
  done(await rpc("hierarchyLevel.replaceAll", { levels }));
  await Promise.all(
    Array.from({ length: clients * own.tags }, async (_, i) =>
      done(await rpc("groupTag.create", { name: `t${Math.floor(i / own.tags)}-${i % own.tags}` })),
    ),
  );
  const made = async (noun: string, count: number, input: (i: number) => object) =>
    Promise.all(
      Array.from(
        { length: count },
        async (_, i) => done(await rpc(`${noun}.create`, input(i)))["id"] as string,
      ),
    );
  return {
    customers: await made("customer", customers, (i) => ({
      providedId: `shared-${i}`,
      hierarchyLevel: levels[i % 5],
    })),
    users: await made("user", users, (i) => ({ username: `user-${i}` })),
  };
}

/**
 * The requests of a client: of all kinds (`everything`), or only changes, which are sent again only if
 * they were not answered (`keys`).
 */
type Mix = "everything" | "keys";

/** The entries that a client's acknowledged requests left on one customer. */
export interface Own {
  keys: Map<string, string>;
  emails: Set<string>;
  tags: Set<string>;
}

/** A record that one client has created and no other changes. */
interface Mine {
  id: string;
  /** The requests whose secrets are in the record, or in a duplicate merged into it. */
  ops: string[];
}

/**
 * A client. It sends one request after another, each until it is answered, and keeps track of what must be
 * stored at the end.
 */
export class Client {
  readonly #door: Door;
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #number: number;
  readonly #mix: Mix;
  #made = 0;
  #turn: number;
  /** The number of requests sent more than once. */
  retried = 0;
  /** The number of answers that told the client to try again later. */
  unavailable = 0;
  /** Marks by customer. */
  readonly own = new Map<string, Own>();
  readonly #mine: Mine[] = [];
  /** Texts that were in records whose erasure was acknowledged. */
  readonly erasedTexts: string[] = [];

  constructor(
    number: number,
    door: Door,
    scene: Scene,
    ledger: Ledger,
    random: Random,
    mix: Mix = "everything",
  ) {
    this.#number = number;
    this.#mix = mix;
    this.#turn = number;
    this.#door = door;
    this.#scene = scene;
    this.#ledger = ledger;
    this.#random = random;
    for (const id of scene.customers)
      this.own.set(id, { keys: new Map(), emails: new Set(), tags: new Set() });
  }

  /** Makes requests until stopped; the last one is still answered. */
  async work(goesOn: () => boolean): Promise<void> {
    while (goesOn()) await this.#step();
  }

  async #step(): Promise<void> {
    const { below, pick } = this.#random;
    const id = pick(this.#scene.customers);
    const own = this.own.get(id) as Own;
    if (this.#mix === "keys") return this.#key(id, own);
    const kinds: [weight: number, step: () => Promise<void>][] = [
      [24, () => this.#key(id, own)],
      [12, () => this.#email(id, own)],
      [12, () => this.#tag(id, own)],
      [8, () => this.#rename(id)],
      [10, () => this.#move(id)],
      [5, () => this.#delete(id)],
      [6, () => this.#restore(id)],
      [6, () => this.#many("atomic")],
      [6, () => this.#many("independent")],
      [5, () => this.#user()],
      [4, () => this.#upsert()],
      [6, () => this.#create()],
      [3, () => this.#merge()],
      [3, () => this.#erase()],
    ];
    let at = below(kinds.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, step] of kinds) {
      at -= weight;
      if (at < 0) return step();
    }
  }

  #op(): string {
    return `op-${this.#number}-${++this.#made}`;
  }

  async #key(id: string, { keys }: Own): Promise<void> {
    const op = this.#op();
    const key = `c${this.#number}k${this.#random.below(own.keys)}`;
    if (await this.#update(op, { where: { id }, patch: { properties: { [key]: op } } })) keys.set(key, op);
  }

  async #email(id: string, { emails }: Own): Promise<void> {
    const [oldest] = emails;
    if (oldest !== undefined && emails.size >= own.emails) {
      if (await this.#update(this.#op(), { where: { id }, remove: { emails: [oldest] } }))
        emails.delete(oldest);
      return;
    }
    const op = this.#op();
    const email = `${op}@x.example`;
    if (await this.#update(op, { where: { id }, add: { emails: [email] } })) emails.add(email);
  }

  async #tag(id: string, { tags }: Own): Promise<void> {
    const tag = `t${this.#number}-${this.#random.below(own.tags)}`;
    const there = tags.has(tag);
    const change = { [there ? "remove" : "add"]: { groupTags: [tag] } };
    if (!(await this.#update(this.#op(), { where: { id }, ...change }))) return;
    if (there) tags.delete(tag);
    else tags.add(tag);
  }

  async #rename(id: string): Promise<void> {
    const op = this.#op();
    const name = this.#random.chance(0.5)
      ? { name: op }
      : { providedId: `provided-${this.#random.below(5)}`, job: op };
    await this.#update(op, { where: { id }, patch: name });
  }

  async #move(id: string): Promise<void> {
    const { pick, chance } = this.#random;
    const parent = chance(0.3) ? null : pick(this.#scene.customers);
    const patch = { parent, ...(chance(0.6) && { hierarchyLevel: pick(levels) }) };
    await this.#update(this.#op(), { where: { id }, patch });
  }

  async #update(op: string, input: object, path = "customer.update"): Promise<boolean> {
    const { outcome } = await this.#request(op, path, { ...input, reason: op });
    return isAcknowledged(outcome);
  }

  async #delete(id: string): Promise<void> {
    const op = this.#op();
    await this.#request(op, "customer.delete", { where: { id }, reason: op });
  }

  async #restore(id: string): Promise<void> {
    const op = this.#op();
    await this.#request(op, "customer.restore", { where: { id }, reason: op });
  }

  async #many(mode: "atomic" | "independent"): Promise<void> {
    const op = this.#op();
    const { customers } = this.#scene;
    const first = this.#random.below(customers.length);
    const items = Array.from({ length: 3 }, (_, i) => {
      const id = customers[(first + i) % customers.length] as string;
      const key = `c${this.#number}k${this.#random.below(own.keys)}`;
      return { id, key, update: { where: { id }, patch: { properties: { [key]: `${op} ${i}` } } } };
    });
    const updates: object[] = items.map(({ update }) => update);
    // An item that cannot be applied.
    if (this.#random.chance(0.3)) updates.push({ where: { id: "nobody" }, patch: { name: op } });
    const { outcome } = await this.#request(op, "customer.updateMany", {
      items: updates,
      mode,
      reason: op,
    });
    if (!isAcknowledged(outcome)) return;
    for (const [i, { id, key }] of items.entries()) {
      if (outcome.written.some((written) => written.id === id)) this.own.get(id)?.keys.set(key, `${op} ${i}`);
    }
  }

  async #user(): Promise<void> {
    const op = this.#op();
    const id = this.#random.pick(this.#scene.users);
    const patch = this.#random.chance(0.3)
      ? { username: `name-${this.#random.below(4)}`, title: op }
      : { bio: op };
    await this.#request(op, "user.update", { where: { id }, patch, reason: op });
  }

  async #upsert(): Promise<void> {
    const op = this.#op();
    const where = { providedId: `upserted-${this.#random.below(6)}` };
    await this.#request(op, "customer.upsert", { where, patch: { job: op }, reason: op });
  }

  async #create(): Promise<void> {
    const op = this.#op();
    const { outcome } = await this.#request(op, "customer.create", {
      name: op,
      properties: { secret: secretOf(op) },
    });
    if (isAcknowledged(outcome)) this.#mine.push({ id: (outcome.written[0] as Written).id, ops: [op] });
  }

  /** Merges the client's two latest records. */
  async #merge(): Promise<void> {
    for (let i = this.#mine.length; i < 2; i++) await this.#create();
    if (this.#mine.length < 2) return;
    const op = this.#op();
    const [into, from] = this.#mine.splice(-2) as [Mine, Mine];
    const input = { where: { id: from.id }, into: { id: into.id }, reason: op };
    const { outcome } = await this.#request(op, "customer.merge", input);
    if (isAcknowledged(outcome)) this.#mine.push({ id: into.id, ops: [...into.ops, ...from.ops] });
  }

  /** Erases the client's oldest record, and with it its duplicates. */
  async #erase(): Promise<void> {
    if (this.#mine.length === 0) await this.#create();
    const oldest = this.#mine.shift();
    if (oldest === undefined) return;
    const op = this.#op();
    const { outcome } = await this.#request(op, "customer.erase", { where: { id: oldest.id }, reason: op });
    if (isAcknowledged(outcome)) this.erasedTexts.push(...oldest.ops.map(secretOf));
  }

  /** Sends a request until it is answered. */
  async #request(op: string, path: string, input: object): Promise<Entry> {
    const entry = this.#ledger.begin(op, path, input);
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#send(path, { ...input, idempotencyKey: op });
      if (reply) {
        entry.answeredAt = performance.now();
        entry.outcome =
          reply.error === undefined ? acknowledgement(path, reply.data) : { refused: reply.error };
        // A client whose connection broke too late to get the answer repeats the request once.
        if (this.#mix !== "keys" && isAcknowledged(entry.outcome) && this.#random.chance(0.05)) {
          const again = await this.#send(path, { ...input, idempotencyKey: op });
          if (again)
            entry.again = again.error?.code ?? (again.data["replayed"] === true ? "replayed" : "done");
        }
        return entry;
      }
      if (attempt === 1) this.retried++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** @returns undefined if another attempt makes sense: there was no answer, or a temporary refusal */
  async #send(path: string, input: object): Promise<RpcReply | undefined> {
    const url = await this.#door.url(this.#turn++);
    try {
      const reply = await rpcOf(url, this.#door.token)(path, input);
      if (reply.status !== 503) return reply;
      this.unavailable++;
      return undefined;
    } catch {
      // The connection broke: whether the request was carried out is unknown.
      return undefined;
    }
  }
}

const secretOf = (op: string): string => `the secret of ${op}.`;

const isAcknowledged = (outcome: Entry["outcome"]): outcome is Acknowledgement =>
  outcome !== undefined && "written" in outcome;

/** The change that a successful answer reports. */
function acknowledgement(path: string, data: RpcReply["data"]): Acknowledgement {
  const [noun, verb] = path.split(".") as ["customer" | "user", string];
  const exactly = (
    written: Written[],
    rows: readonly [number, number] = [written.length, written.length],
  ) => ({
    written,
    about: written.map(({ id }) => id),
    rows,
    replayed: data["replayed"] === true,
  });
  switch (verb) {
    case "update":
    case "upsert":
      return exactly(data["applied"] === true ? [one(data[noun], data["changes"])] : []);
    case "updateMany": {
      const { items } = data as unknown as ManyResult;
      return exactly(
        items.flatMap((item) => (item.error === undefined && item.applied ? [one(item, item.changes)] : [])),
      );
    }
    case "merge": {
      const { customer, merged, choices, moved } = data as unknown as MergeResult<CustomerJson>;
      const changed = choices.some(({ into, result }) => JSON.stringify(into) !== JSON.stringify(result));
      const survivor = changed ? [one(customer)] : [];
      const rows = 1 + survivor.length + moved.customers + moved.users;
      return { ...exactly(survivor, [rows, rows]), about: [customer.id, merged] };
    }
    case "restore":
      // Restoring a live record changes nothing, and the answer does not show whether it did.
      return exactly([one(data)], [0, 1]);
    case "erase":
      // The duplicates merged into it are erased, too.
      return exactly([one(data)], [1, Number.POSITIVE_INFINITY]);
    default:
      return exactly([one(data)]);
  }
}

const one = (record: unknown, changes?: unknown): Written => {
  const { id, version } = record as { id: string; version: number };
  return { id, version, changes: changes as Change[] | undefined };
};
