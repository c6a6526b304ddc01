import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { createClient, type RosterClient } from "@roster/client";
import { findProfile, type Profile } from "./profiles.ts";
import { painter, print, visible, type Terminal } from "./terminal.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage-error.ts";

/** Options of every command. */
export interface GlobalOptions {
  profile?: string | undefined;
}

/** Makes the client of a profile. @throws UsageError for an address or a token that none can have */
export function clientOf(profile: Profile): RosterClient {
  // The client, whose token may change, looks at it only when it calls.
  if (!/^[ -~]*$/.test(profile.token)) throw new UsageError("token: must be printable ASCII");
  try {
    return createClient(profile);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The surroundings of a command: a client, and methods that print. */
export class Context {
  readonly terminal: Terminal;
  /** The exit code of the command unless it fails. */
  exitCode = 0;
  #client: RosterClient | undefined;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** The client of the profile that the options or the environment name. @throws UsageError without a token */
  async client({ profile }: GlobalOptions): Promise<RosterClient> {
    this.#client ??= clientOf(await findProfile(this.terminal.env, profile));
    return this.#client;
  }

  /** Aborts calls that only read when the user presses Ctrl-C. */
  get call(): { signal: AbortSignal } {
    return { signal: this.terminal.signal };
  }

  print(text: string): Promise<void> {
    return print(this.terminal.stdout, text);
  }

  line(text: string): Promise<void> {
    return this.print(`${text}\n`);
  }

  /** Prints for people, where a program does not read it. */
  note(text: string): Promise<void> {
    return print(this.terminal.stderr, `${text}\n`);
  }

  /** Asks the person at the terminal for yes or no. @returns false if there is nobody to ask */
  async confirm(question: string): Promise<boolean> {
    const { stdin, stderr, signal } = this.terminal;
    if (!stdin.isTTY) return false;
    const lines = createInterface({ input: stdin, output: stderr as unknown as NodeJS.WritableStream });
    try {
      return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
    } finally {
      lines.close();
    }
  }

  /** Asks for a secret, which is not shown, or reads it from standard input if that is no terminal. */
  async secret(question: string): Promise<string> {
    const { stdin, stderr, signal } = this.terminal;
    if (!stdin.isTTY) return text(stdin);
    // Nothing that is typed is echoed.
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    await print(stderr, question);
    const lines = createInterface({ input: stdin, output: silent, terminal: true });
    try {
      return await lines.question("", { signal });
    } finally {
      lines.close();
      await print(stderr, "\n");
    }
  }

  printJson(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value, null, 2));
  }

  /** Prints what has a value, one a line, in full. */
  printFields(fields: readonly (readonly [name: string, value: string])[]): Promise<void> {
    const filled = fields.filter(([, value]) => value !== "");
    const width = Math.max(0, ...filled.map(([name]) => name.length));
    return this.print(filled.map(([name, value]) => `${name.padEnd(width)}  ${visible(value)}\n`).join(""));
  }

  printTable(headers: readonly string[], rows: readonly (readonly string[])[]): Promise<void> {
    const paint = painter(this.terminal.stdout, this.terminal.env);
    return this.print(table(headers, rows, (header) => paint("bold", header)));
  }
}
