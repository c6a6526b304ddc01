import { setTimeout as pause } from "node:timers/promises";
import type { Fleet } from "../guarantees/fleet.ts";
import { Ledger } from "../guarantees/ledger.ts";
import { Client, prepareScene } from "../guarantees/load.ts";
import { Onlooker } from "../guarantees/onlooker.ts";
import { randomOf } from "../guarantees/random.ts";
import { rpcOf } from "../rpc.ts";
import { eventually } from "./eventually.ts";

/** The pause of a client before each request, in milliseconds: the clients share a machine with all servers. */
const breath = 25;
const token = "acceptance-token";

/**
 * Clients of all nodes. Writers change the same few records through any node, and repeat unanswered requests
 * with their idempotency keys; beside them, each node has an onlooker of its own.
 */
export class Load {
  readonly ledger: Ledger;
  readonly writers: readonly Client[];
  readonly onlookers: readonly Onlooker[];
  readonly #gate: Gate;
  #working = true;
  #atRest = false;

  private constructor(ledger: Ledger, writers: Client[], onlookers: Onlooker[], gate: Gate) {
    this.ledger = ledger;
    this.writers = writers;
    this.onlookers = onlookers;
    this.#gate = gate;
    const work = [...writers, ...onlookers].map((each) => each.work(() => this.#working));
    void Promise.all(work).then(
      () => (this.#atRest = true),
      // The nodes were killed because of another error.
      () => undefined,
    );
  }

  static async start(fleet: Fleet, writers: number, seed: number): Promise<Load> {
    const quickly = (turn: number) => fleet.url(turn);
    const slowly = async (turn: number) => {
      await pause(breath);
      return fleet.url(turn);
    };
    const ledger = new Ledger();
    const scene = await prepareScene({ token, url: quickly }, writers);
    const gate = new Gate();
    const onlookers = await Promise.all(
      fleet.servers.map(async ({ url }, node) => {
        const { data } = await rpcOf(url, token)("customer.create", {});
        const atGate = async () => {
          await gate.pass();
          return slowly(node);
        };
        return new Onlooker(atGate, token, data["id"] as string);
      }),
    );
    const door = { token, url: slowly };
    const clients = Array.from(
      { length: writers },
      (_, i) => new Client(i, door, scene, ledger, randomOf(seed + i)),
    );
    return new Load(ledger, clients, onlookers, gate);
  }

  /** Resolves when the writers have got a number of further acknowledgements. */
  async acknowledgements(count: number): Promise<void> {
    const before = this.ledger.acknowledged.length;
    await eventually(
      `${count} more changes are acknowledged`,
      () => this.ledger.acknowledged.length >= before + count,
    );
  }

  /** Resolves when each node has acknowledged a change that was sent after the call. */
  async bothAcknowledge(): Promise<void> {
    const before = this.onlookers.map(({ acknowledged }) => acknowledged.length);
    // The first acknowledgement may be of an earlier request.
    await eventually("both nodes acknowledge changes", () =>
      this.onlookers.every(({ acknowledged }, i) => acknowledged.length > (before[i] as number) + 1),
    );
  }

  /** Does something while only writers, whose requests have keys, send any. */
  async withoutOnlookers<T>(work: () => Promise<T>): Promise<T> {
    this.#gate.close();
    try {
      await eventually("the onlookers wait", () => this.#gate.waiting === this.onlookers.length);
      return await work();
    } finally {
      this.#gate.open();
    }
  }

  /** Resolves when the last requests are answered. */
  async stop(): Promise<void> {
    this.#working = false;
    await eventually("all requests are answered", () => this.#atRest);
  }
}

/** A place that nobody passes while it is closed. */
class Gate {
  #opening: PromiseWithResolvers<void> | undefined;
  /** The number of those who wait before it. */
  waiting = 0;

  close(): void {
    this.#opening = Promise.withResolvers();
  }

  open(): void {
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  async pass(): Promise<void> {
    this.waiting++;
    await this.#opening?.promise;
    this.waiting--;
  }
}
