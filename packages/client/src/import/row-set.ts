/** A set of row numbers, in one bit per row of the file. */
export class RowSet {
  #bits = new Uint8Array(1024);
  size = 0;

  add(row: number): void {
    if (this.has(row)) return;
    const at = row >> 3;
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[at] = (this.#bits[at] as number) | (1 << (row & 7));
    this.size++;
  }

  has(row: number): boolean {
    return ((this.#bits[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }

  /** Empties the set. @returns what was in it */
  takeAll(): RowSet {
    const taken = new RowSet();
    [taken.#bits, taken.size] = [this.#bits, this.size];
    [this.#bits, this.size] = [taken.#bits.slice(0, 0), 0];
    return taken;
  }
}
