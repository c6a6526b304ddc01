/** What is asked of a load generator, and what it answers, by messages between processes. */

export interface Job {
  /** Which of `requests`, or for calls in process which of the ways in. */
  request: string;
  /** Where to: the connections take turns, and each stays where it is. None for calls in process. */
  ports: number[];
  token: string;
  /** How many requests are under way at any time. */
  connections: number;
  /** Which customers they are about: the numbers of `customerId`. */
  customers: { first: number; count: number };
  /** Where the numbers of the updates go on, so that each one brings something new. */
  from: number;
  /** Before anything is measured, and while it is, in seconds. */
  warmUp: number;
  seconds: number;
}

export interface Outcome {
  /** Requests that were answered while it was measured, and how long that was in seconds. */
  answers: number;
  seconds: number;
  /** Requests that were made and answered in all, and how many of them at each port. */
  total: number;
  byPort: number[];
  /** How long an answer took, in milliseconds: half of them at most p50, all but one of 100 p99. */
  p50: number;
  p99: number;
  /** Answers that were not as they should be, and the first of them. */
  wrong: number;
  firstWrong?: string;
}

/** In this order: what is measured begins, and ends, then all answers are there. */
export type Report = { job: "begin" } | { job: "end" } | { job: "done"; outcome: Outcome };

/** How long an answer may stay out, in milliseconds. */
export const patience = 60_000;

/** Counts answers, and how long they took, while it is measured. */
export class Stopwatch {
  #took = new Float32Array(1 << 16);
  #answers = 0;
  #byPort: number[] = [];
  #wrong = 0;
  #firstWrong: string | undefined;
  #began = 0;
  #seconds = 0;
  #measuring = false;

  /** Whether no more requests are to be made. */
  over = false;

  /** Measures as a job wants it, and tells the parent process. */
  async run(job: Job): Promise<void> {
    this.#byPort = job.ports.map(() => 0);
    await sleep(job.warmUp);
    this.#measuring = true;
    this.#began = performance.now();
    report({ job: "begin" });
    await sleep(job.seconds);
    // What takes longer than that is measured all the same, by its first answer.
    const limit = performance.now() + patience;
    while (this.#answers === 0 && this.#wrong === 0 && performance.now() < limit) await sleep(0.01);
    this.#measuring = false;
    this.#seconds = (performance.now() - this.#began) / 1000;
    report({ job: "end" });
    this.over = true;
  }

  /**
   * Takes an answer in.
   * @param wrong what is the matter with it, if anything is
   * @param port the place of the port that it came from
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
