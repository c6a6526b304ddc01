/** Replaces what differs between two runs of the same history: ids, times, secrets, cursors and addresses. */
export class Labels {
  readonly #names = new Map<string, string>();

  /** A text of JSON with a label in place of each id, in the order of their first appearance. */
  of(value: unknown): string {
    const text = JSON.stringify(value, (key, part: unknown) => {
      if (hidden.has(key) && typeof part === "string") return "…";
      return isOfToken(part) ? { path: "/token" } : part;
    });
    return (text ?? "nothing")
      .replaceAll(ids, (id) => this.#label(id))
      .replaceAll(presentTimes, "now")
      .replaceAll(/127\.0\.0\.1:\d+/g, "server");
  }

  #label(id: string): string {
    let label = this.#names.get(id);
    if (label === undefined) this.#names.set(id, (label = `#${this.#names.size + 1}`));
    return label;
  }
}

/** Whether a value is the change that gives a new customer its token. */
const isOfToken = (part: unknown): boolean =>
  typeof part === "object" && part !== null && "path" in part && part.path === "/token";

const hidden = new Set(["token", "cursor", "nextCursor", "historyCursor"]);
const ids = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Instants of this run; those in records are of the last century (see `values.ts`). */
const presentTimes = /\b20\d\d-\d\d-\d\dT[\d:.]+Z/g;
