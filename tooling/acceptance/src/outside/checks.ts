/** The steps of a long test: each is reported in one line, and the end counts them. */
export class Checks {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  /**
   * Runs a step; a failure is reported and does not end the test.
   * @param doIt may return a few words for the report
   */
  async check(what: string, doIt: () => Promise<string | void>): Promise<void> {
    const start = performance.now();
    try {
      const more = await doIt();
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      this.#passed++;
      console.log(`ok      ${what} (${[more, `${seconds} s`].filter(Boolean).join(", ")})`);
    } catch (error) {
      this.#failed++;
      console.log(`FAILED  ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Reports a step that cannot be done here. */
  skip(what: string, why: string): void {
    this.#skipped++;
    console.log(`skipped ${what}: ${why}`);
  }

  /** Prints the counts, and makes the exit code 1 after a failure. */
  end(): void {
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : "";
    console.log(`\n${this.#passed} passed, ${this.#failed} failed${skipped}`);
    process.exitCode = this.#failed === 0 ? 0 : 1;
  }
}
