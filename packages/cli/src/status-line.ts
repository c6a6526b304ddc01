import stringWidth from "string-width";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two states of the line. */
const interval = 100;

/** One line on standard error that shows progress, if that is a terminal. */
export class StatusLine {
  readonly #output: Terminal["stderr"];
  #shown = false;
  #last = 0;

  constructor({ stderr }: Terminal) {
    this.#output = stderr;
  }

  show(text: string): void {
    const now = Date.now();
    if (!this.#output.isTTY || now - this.#last < interval) return;
    this.#last = now;
    this.#shown = true;
    const width = (this.#output.columns ?? 80) - 1;
    this.#output.write(`\r\u001b[K${stringWidth(text) > width ? text.slice(0, width) : text}`);
  }

  clear(): void {
    if (this.#shown) this.#output.write("\r\u001b[K");
    this.#shown = false;
  }
}
