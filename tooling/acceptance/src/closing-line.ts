import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends a test run with a line that gives its result: `N passed, N failed`. The line and the exit code agree:
 * a run that failed outside any test, such as in its setup, counts one failure, and a failure makes the exit
 * code 1 whatever exit hooks of packages have set.
 */
export default class ClosingLine implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  onInit(): void {
    process.on("exit", (code) => {
      if (code !== 0) this.#failed ||= 1;
      if (this.#failed > 0) process.exitCode = code || 1;
      const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : "";
      process.stdout.write(`\n${this.#passed} passed, ${this.#failed} failed${skipped}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#failed = unhandledErrors.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") this.#passed++;
        else if (state === "failed") this.#failed++;
        else this.#skipped++;
      }
      // A file that cannot be loaded has no tests that could fail.
      if (module.errors().length > 0) this.#failed++;
    }
  }
}
