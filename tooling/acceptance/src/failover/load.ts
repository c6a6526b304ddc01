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
    const gate = new Gate();
    const slowly = async (turn: number) => {
      await pause(breath);
      return fleet.url(turn);
    };
    const throughGate = async (turn: number) => {
      await gate.pass();
      return slowly(turn);
    };
    const ledger = new Ledger();
    const scene = await prepareScene({ token, url: (turn) => fleet.url(turn) }, writers);
    const onlookers = await Promise.all(
      fleet.servers.map(async ({ url }, node) => {
        const { data } = await rpcOf(url, token)("customer.create", {});
        return new Onlooker(() => throughGate(node), token, data["id"] as string);
      }),
    );
    const clients = Array.from({ length: writers }, (_, i) => {
      const random = randomOf(seed + i);
      return i === 0
        ? new Client(i, { token, url: slowly }, scene, ledger, random, "keys")
        : new Client(i, { token, url: throughGate }, scene, ledger, random);
    });
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

  /**
   * Does something while only the first writer sends requests. Each of them changes something, so each commit
   * is of a change that its client sends again if it gets no answer.
   */
  async withOneWriter<T>(work: () => Promise<T>): Promise<T> {
    const others = this.writers.length - 1 + this.onlookers.length;
    this.#gate.close();
    try {
      await eventually("the other clients wait", () => this.#gate.waiting === others);
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
