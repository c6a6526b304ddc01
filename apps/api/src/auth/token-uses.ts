import { inNoRequest } from "../observe/current-request.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";

/** How long a noted use stands for later ones, in milliseconds. */
const minute = 60_000;
/** How long noted uses wait for others, to be written together, in milliseconds. */
const patience = 10_000;
/** How many tokens are remembered. */
const size = 10_000;

/**
 * Notes when tokens are used, to the minute, beside the requests that use them: nothing waits for the write.
 * Uses that a node has noted and not yet written are lost if it crashes.
 */
export class TokenUses {
  readonly #commits: Pick<GroupCommit, "submit">;
  /** The latest noted use of each token, in milliseconds. */
  readonly #noted = new Map<string, number>();
  /** The tokens whose latest use is not written yet, each with its tenant. */
  #unwritten = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(commits: Pick<GroupCommit, "submit">) {
    this.#commits = commits;
  }

  /** When the next use of a token is to be noted, in milliseconds. */
  next(token: string): number {
    return (this.#noted.get(token) ?? -minute) + minute;
  }

  /** Notes a use. @returns when the next use is to be noted, in milliseconds */
  note(tenant: number, token: string, now: number): number {
    if (this.#noted.size >= size) this.#noted.clear();
    this.#noted.set(token, now - (now % minute));
    this.#unwritten.set(token, tenant);
    this.#timer ??= inNoRequest(() => setTimeout(() => void this.#write(), patience)).unref();
    return this.next(token);
  }

  /** The latest use that this node has noted, ISO 8601. */
  latest(token: string): string | undefined {
    const at = this.#noted.get(token);
    return at === undefined ? undefined : new Date(at).toISOString();
  }

  /** Writes the noted uses. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#write();
  }

  async #write(): Promise<void> {
    this.#timer = undefined;
    const unwritten = this.#unwritten;
    this.#unwritten = new Map();
    await Promise.all(
      [...Map.groupBy(unwritten, ([, tenant]) => tenant)].map(([tenant, tokens]) => {
        const keepings = tokens.map(([token]) => ({
          tenant,
          table: "tokenUses" as const,
          put: { token, at: this.latest(token) ?? "" },
        }));
        // The database may be away; GroupCommit logs that, and the next use is noted in a minute.
        return this.#commits
          .submit({ tenant, wants: [], keep: (transaction) => transaction.keep(keepings) })
          .catch(() => undefined);
      }),
    );
  }
}
