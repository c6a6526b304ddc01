import type { RosterError } from "@roster/domain";
import type { Caller } from "./waiting.ts";

/** How long a commit's outcome predicts the next, in milliseconds. */
const fresh = 1_000;

/** Tracks whether changes can be stored, from the latest commit or a commit made for this purpose. */
export class WriteProbe {
  /** The outcome of the latest attempt to store something. */
  #latest: { at: number; failure?: RosterError } = { at: Number.NEGATIVE_INFINITY };
  /** The probe in flight; concurrent callers share it. */
  #asked: (Caller & { answer: Promise<unknown> }) | undefined;
  #answering = false;

  /** Records the outcome of an attempt to store something. */
  note(failure?: RosterError): void {
    this.#latest = { at: performance.now(), ...(failure && { failure }) };
  }

  /** Whether the latest attempt succeeded. */
  get writable(): boolean {
    return this.#latest.failure === undefined;
  }

  /** Whether a caller is waiting for a probing commit that nobody makes yet. */
  get isAsked(): boolean {
    return this.#asked !== undefined && !this.#answering;
  }

  /**
   * Repeats the latest outcome while it is fresh, or waits for a probing commit.
   * @param start schedules a call of `answer`
   * @throws RosterError the failure of that commit
   */
  async check(start: () => void): Promise<void> {
    if (!this.#asked) {
      if (this.#isFresh()) return this.#repeat();
      const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>();
      this.#asked = { answer, resolve, reject };
      start();
    }
    await this.#asked.answer;
  }

  /**
   * Answers the waiting callers.
   * @param touch attempts a commit that changes nothing, and records its outcome
   */
  async answer(touch: () => Promise<void>): Promise<void> {
    this.#answering = true;
    try {
      if (!this.#isFresh()) await touch();
      this.#repeat();
      this.#asked?.resolve(undefined);
    } catch (error) {
      this.#asked?.reject(error);
    }
    this.#asked = undefined;
    this.#answering = false;
  }

  #isFresh(): boolean {
    return performance.now() - this.#latest.at < fresh;
  }

  #repeat(): void {
    if (this.#latest.failure) throw this.#latest.failure;
  }
}
