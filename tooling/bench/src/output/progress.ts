/** Reports progress on standard error; on a terminal, in one line that is overwritten. */
export class Progress {
  readonly #terminal = process.stderr.isTTY;
  readonly #quiet: boolean;
  #before = "";

  constructor({ quiet = false } = {}) {
    this.#quiet = quiet;
  }

  /** Begins a task, of which the following steps are part. */
  step(text: string): void {
    if (this.#quiet) return;
    if (this.#terminal) this.#draw(text);
    else process.stderr.write(`${text}\n`);
  }

  /** Reports a fraction from 0 to 1; only on a terminal, and not too often. */
  within(text: string, share: number): void {
    if (!this.#terminal || this.#quiet) return;
    const width = 24;
    const full = Math.round(share * width);
    this.#draw(
      `${"█".repeat(full)}${"░".repeat(width - full)} ${String(Math.round(share * 100)).padStart(3)} %  ${text}`,
    );
  }

  /** Removes the line. */
  clear(): void {
    if (this.#before !== "") process.stderr.write("\r\u{1B}[2K");
    this.#before = "";
  }

  #draw(text: string): void {
    const line = Array.from(text)
      .slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1))
      .join("");
    if (line === this.#before) return;
    process.stderr.write(`\r\u{1B}[2K${line}`);
    this.#before = line;
  }
}
