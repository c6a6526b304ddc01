/** The messages between a load generator and its parent process. */

export interface Job {
  /** A key of `requests`, or an entry point for calls in process. */
  request: string;
  /** The ports, distributed over the connections; none for calls in process. */
  ports: number[];
  /** The tokens of the tenants, over which the customers are distributed by their indexes. */
  tokens: readonly string[];
  /** The number of concurrent requests. */
  connections: number;
  /** The customers' indexes, for `customerId`. */
  customers: { first: number; count: number };
  /** The number of the first update; each number brings a new value. */
  from: number;
  /** The warm-up before the measurement, in seconds. */
  warmUp: number;
  seconds: number;
}

export interface Outcome {
  /** Requests answered during the measurement, and its length in seconds. */
  answers: number;
  seconds: number;
  /** All requests answered, and their number per port. */
  total: number;
  byPort: number[];
  /** The 50th and 99th percentile of the latency, in milliseconds. */
  p50: number;
  p99: number;
  /** The number of wrong answers, and the first of them. */
  wrong: number;
  firstWrong?: string;
}

/** The messages, in order: the measurement has begun; it has ended; all answers have arrived. */
export type Report = { job: "begin" } | { job: "end" } | { job: "done"; outcome: Outcome };

/** The time limit of an answer, in milliseconds. */
export const patience = 60_000;

/** Counts answers and their latency during the measurement. */
export class Stopwatch {
  #took = new Float32Array(1 << 16);
  #answers = 0;
  #byPort: number[] = [];
  #wrong = 0;
  #firstWrong: string | undefined;
  #began = 0;
  #seconds = 0;
  #measuring = false;

  /** Whether to stop sending requests. */
  over = false;

  /** Runs a job's measurement and reports to the parent process. */
  async run(job: Job): Promise<void> {
    this.#byPort = job.ports.map(() => 0);
    await sleep(job.warmUp);
    this.#measuring = true;
    this.#began = performance.now();
    report({ job: "begin" });
    await sleep(job.seconds);
    // A slower program is measured nevertheless, until each of its nodes has answered.
    const limit = performance.now() + patience;
    const isDone = () => this.#wrong > 0 || (this.#answers > 0 && !this.#byPort.includes(0));
    while (!isDone() && performance.now() < limit) await sleep(0.01);
    this.#measuring = false;
    this.#seconds = (performance.now() - this.#began) / 1000;
    report({ job: "end" });
    this.over = true;
  }

  /**
   * Counts an answer.
   * @param wrong the fault of the answer, if it has one
   * @param port the index of the port that it came from
   */
  answered(milliseconds: number, wrong?: string, port = 0): void {
    this.#byPort[port] = (this.#byPort[port] ?? 0) + 1;
    if (wrong !== undefined) {
      this.#wrong++;
      this.#firstWrong ??= wrong;
    }
    if (!this.#measuring) return;
    if (this.#answers === this.#took.length) {
      const longer = new Float32Array(this.#took.length * 2);
      longer.set(this.#took);
      this.#took = longer;
    }
    this.#took[this.#answers++] = milliseconds;
  }

  outcome(): Outcome {
    const took = this.#took.subarray(0, this.#answers).toSorted();
    const percentile = (share: number) =>
      took[Math.min(took.length - 1, Math.ceil(took.length * share) - 1)] ?? Number.NaN;
    return {
      answers: this.#answers,
      seconds: this.#seconds,
      total: this.#byPort.reduce((all, one) => all + one, 0),
      byPort: this.#byPort,
      p50: percentile(0.5),
      p99: percentile(0.99),
      wrong: this.#wrong,
      ...(this.#firstWrong !== undefined && { firstWrong: this.#firstWrong }),
    };
  }
}

const sleep = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export const report = (message: Report): void => void process.send?.(message);
