import type { Change, ErrorBody, ErrorCode } from "@roster/domain";
import type { Audit, LogRow } from "./audit.ts";

/** One version of one record that an answer acknowledged as stored. */
export interface Written {
  id: string;
  version: number;
  /** The index of the record in the answer. */
  changes?: readonly Change[] | undefined;
}

/** The content of a successful answer. */
export interface Acknowledgement {
  written: Written[];
  /** The ids of the changed records, as far as the answer names them. */
  about: string[];
  /** The minimum and maximum numbers of log rows that the request writes. */
  rows: readonly [least: number, most: number];
  /** Whether it is a replay of the first answer. */
  replayed: boolean;
}

/** One request of a client, from its first attempt on. */
export interface Entry {
  /** Its idempotency key, which is also the reason of its changes in the log. */
  op: string;
  path: string;
  input: object;
  /** The answer; missing until there is one. */
  outcome?: Acknowledgement | { refused: ErrorBody };
  /** The time of the answer, by `performance.now()`. */
  answeredAt?: number;
  /** The answer to a repetition of the request with the same key. */
  again?: "replayed" | "done" | ErrorCode;
}

/** The clients' record of their requests and answers. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();

  begin(op: string, path: string, input: object): Entry {
    const entry: Entry = { op, path, input };
    this.#entries.set(op, entry);
    return entry;
  }

  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  /** The answers of success. */
  get acknowledged(): Acknowledgement[] {
    return this.entries
      .map(({ outcome }) => outcome)
      .filter((outcome) => outcome !== undefined && "written" in outcome);
  }

  /**
   * Forgets the requests that were acknowledged and are not in the database. A change and its key are stored
   * together, so a missing key shows a lost change.
   * @returns their number
   */
  forgetLost({ keys }: Audit): number {
    const stored = new Set(keys.map(({ key }) => key));
    const lost = this.entries.filter(
      ({ op, outcome }) => outcome !== undefined && "written" in outcome && !stored.has(op),
    );
    for (const { op } of lost) this.#entries.delete(op);
    return lost.length;
  }

  /**
   * Compares the clients' records with the contents of the file.
   * - Acknowledged changes are in the log, as the answer stated, and once, even if the request was repeated;
   * - refused ones are not;
   * - the log contains nothing that no client requested.
   * @param settled whether every request is answered: then everything in the log must have been acknowledged
   * @param lookedAt the time at which the database was read, by `performance.now()`; later answers are
   *   ignored
   */
  problems({ log, keys }: Audit, settled: boolean, lookedAt = Number.POSITIVE_INFINITY): string[] {
    const problems: string[] = [];
    const rows = new Map<string, LogRow[]>();
    const versions = new Map<string, LogRow>();
    const erased = new Set<string>();
    for (const row of log) {
      const op = opOf(row);
      if (op !== undefined) rows.set(op, [...(rows.get(op) ?? []), row]);
      versions.set(`${row.recordId} ${row.version}`, row);
      if (row.action === "erase") erased.add(row.recordId);
    }
    const answers = new Map(keys.map((row) => [row.key, row]));

    for (const { op, path, outcome, answeredAt = 0, again } of this.#entries.values()) {
      if (answeredAt > lookedAt) continue;
      // The answer may have shown a record that was erased since.
      if (again !== undefined && again !== "replayed" && again !== "DELETED")
        problems.push(`${path} ${op} was acknowledged, but a repetition was ${again}`);
      const its = rows.get(op) ?? [];
      if (outcome === undefined) {
        if (settled) problems.push(`${path} ${op} was never answered`);
      } else if ("refused" in outcome) {
        if (its.length > 0)
          problems.push(`${path} ${op} was refused as ${outcome.refused.code}, but is in the log`);
        if (answers.has(op)) problems.push(`${path} ${op} was refused, but its key is stored`);
        if (outcome.refused.code === "INTERNAL") problems.push(`${path} ${op} was refused without a reason`);
      } else {
        // An erasure removes values and reasons, but not the log row of the version.
        const whole = outcome.about.every((id) => !erased.has(id)) || path.endsWith(".erase");
        const [least, most] = outcome.rows;
        for (const { id, version, changes } of outcome.written) {
          const row = versions.get(`${id} ${version}`);
          if (!row) problems.push(`${path} ${op} was acknowledged as version ${version} of ${id}: lost`);
          else if (least > 0 && !erased.has(id) && opOf(row) !== op)
            problems.push(
              `version ${version} of ${id} was acknowledged to ${op}, and the log says ${opOf(row)}`,
            );
          else if (!erased.has(id) && changes && JSON.stringify(row.changes) !== JSON.stringify(changes))
            problems.push(
              `${path} ${op} was acknowledged with other changes than version ${version} of ${id} has`,
            );
        }
        if (whole && (its.length < least || its.length > most)) {
          problems.push(
            `${path} ${op} was acknowledged with ${least} writes or more, and the log has ${its.length}`,
          );
        }
        if (whole && !answers.has(op))
          problems.push(`${path} ${op} was acknowledged, but its key is not stored`);
      }
    }
    for (const [op, its] of rows) {
      const entry = this.#entries.get(op);
      if (!entry) problems.push(`the log has ${its.length} rows of ${op}, which no client requested`);
    }
    return problems;
  }
}

/** The request behind a log row; undefined for rows written during setup. */
function opOf({ reason, action, changes }: LogRow): string | undefined {
  const name = action === "create" ? changes.find(({ path }) => path === "/name")?.to : undefined;
  const said = reason ?? name;
  return typeof said === "string" && said.startsWith("op-") ? said : undefined;
}
