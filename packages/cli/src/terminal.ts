import type { Readable } from "node:stream";

/** Where a command reads and writes; tests give their own. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  stdout: Output;
  stderr: Output;
  /** Aborts when the user presses Ctrl-C. */
  signal: AbortSignal;
}

export interface Output {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): boolean;
  once(event: "drain", listener: () => void): unknown;
}

/** Writes, and waits until the output takes more, so that a slow reader does not fill the memory. */
export async function print(output: Output, text: string): Promise<void> {
  if (!output.write(text)) await new Promise<void>((resolve) => void output.once("drain", resolve));
}

/** Whether an output is a terminal that shows colours: see https://no-color.org. */
const hasColour = (output: Output, env: Terminal["env"]): boolean =>
  output.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

/** Returns a function that styles text for an output; without colours it returns the text. */
export const painter =
  (output: Output, env: Terminal["env"]) =>
  (style: keyof typeof codes, text: string): string => {
    const [on, off] = codes[style];
    return hasColour(output, env) ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };

/**
 * Text that is safe on a terminal: what a record holds cannot move the cursor, change colours or hide in
 * control characters.
 */
export const visible = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) =>
    char === "\n" ? "⏎" : char === "\t" ? " " : "�",
  );
