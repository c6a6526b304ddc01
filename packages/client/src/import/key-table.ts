/**
 * Remembers which keys of a file occurred, and which occurred twice, in about 20 bytes per key: it keeps 64 bits
 * of a hash of each key instead of the key. Among a million keys, two different ones are taken for the same with
 * a probability of 1 in 37 million.
 */
export class KeyTable {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  /** 0: empty, 1: occurred once, 2: more than once. */
  #times = new Uint8Array(1024);
  #size = 0;

  /** @returns whether the key occurred before */
  add(key: string): boolean {
    if (this.#size * 3 > this.#times.length * 2) this.#grow();
    const [high, low] = hash(key);
    const at = this.#find(high, low);
    if (this.#times[at] !== 0) {
      this.#times[at] = 2;
      return true;
    }
    this.#size++;
    this.#set(at, high, low, 1);
    return false;
  }

  has(key: string): boolean {
    return this.#times[this.#find(...hash(key))] !== 0;
  }

  isRepeated(key: string): boolean {
    return this.#times[this.#find(...hash(key))] === 2;
  }

  /** The place of a hash, or the empty place where it belongs. */
  #find(high: number, low: number): number {
    const mask = this.#times.length - 1;
    let at = low & mask;
    while (this.#times[at] !== 0 && (this.#high[at] !== high || this.#low[at] !== low)) at = (at + 1) & mask;
    return at;
  }

  #set(at: number, high: number, low: number, times: number): void {
    this.#high[at] = high;
    this.#low[at] = low;
    this.#times[at] = times;
  }

  #grow(): void {
    const [high, low, times] = [this.#high, this.#low, this.#times];
    this.#high = new Uint32Array(times.length * 2);
    this.#low = new Uint32Array(times.length * 2);
    this.#times = new Uint8Array(times.length * 2);
    for (let i = 0; i < times.length; i++) {
      const [h, l, t] = [high[i] as number, low[i] as number, times[i] as number];
      if (t !== 0) this.#set(this.#find(h, l), h, l, t);
    }
  }
}

/** Two independent hashes of 32 bits: FNV-1a over UTF-16 code units, each finished as in MurmurHash3. */
function hash(key: string): [high: number, low: number] {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [finished(a), finished(b)];
}

function finished(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
