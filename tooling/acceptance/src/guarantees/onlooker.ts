import { setTimeout as pause } from "node:timers/promises";

/** Refusals that ask for another attempt. */
const passing = new Set(["UNAVAILABLE", "UNCERTAIN", "OVERLOADED"]);

/**
 * A client of the REST API that sends small requests one after another, on a record of its own, while servers
 * and databases stop and start. It checks that each refusal is temporary.
 */
export class Onlooker {
  readonly #url: (turn: number) => Promise<string>;
  readonly #token: string;
  readonly #path: string;
  /** The numbers of answers by their kind. */
  readonly answers = new Map<string, number>();
  readonly problems: string[] = [];
  /** The times at which its changes were acknowledged, by `performance.now()`. */
  readonly acknowledged: number[] = [];

  /** @param id the id of a customer that no other client changes */
  constructor(url: (turn: number) => Promise<string>, token: string, id: string) {
    this.#url = url;
    this.#token = token;
    this.#path = `/api/customers/${id}`;
  }

  async work(goesOn: () => boolean): Promise<void> {
    for (let turn = 0; goesOn(); turn++) {
      await this.#ask(turn, "PATCH", { job: `job ${turn}` });
      await this.#ask(turn + 1, "GET");
      await pause(5);
    }
  }

  async #ask(turn: number, method: string, body?: object): Promise<void> {
    const url = await this.#url(turn);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url + this.#path, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/merge-patch+json" },
        ...(body && { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      // The process was killed.
      this.#count("no answer");
      return;
    }
    const { status, headers } = response;
    if (status < 500) {
      this.#count(String(status));
      if (status === 200 && method === "PATCH") this.acknowledged.push(performance.now());
      return;
    }
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? "";
    this.#count(`${status} ${code}`);
    if (status !== 503 || !passing.has(code) || headers.get("retry-after") === null)
      this.problems.push(`${method} ${this.#path} was answered ${status}: ${text.slice(0, 200)}`);
  }

  #count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}
