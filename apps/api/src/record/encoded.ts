/** A value and its JSON text, each made when it is asked for: an answer that is sent as it is needs no value. */
export class Encoded<T> {
  readonly #json: () => string;
  readonly #value: () => T;

  constructor(json: () => string, value: () => T) {
    this.#json = json;
    this.#value = value;
  }

  get json(): string {
    return this.#json();
  }

  get value(): T {
    return this.#value();
  }
}

/** A record with its JSON text, and the facts about it that transports need. */
export class EncodedRecord<Json> extends Encoded<Json> {
  readonly version: number;
  /** Undefined for records that cannot have a parent. */
  readonly parent: string | null | undefined;

  constructor(
    { version, parent }: { version: number; parent: string | null | undefined },
    json: () => string,
    value: () => Json,
  ) {
    super(json, value);
    this.version = version;
    this.parent = parent;
  }
}
