/** The state of the page of a record, as it stands in the address. */
export interface RecordState {
  /** An earlier version; without it, the record as it is. */
  version?: number;
}

export function readRecordState({ version }: Record<string, unknown>): RecordState {
  return typeof version === "number" && Number.isInteger(version) && version > 0 ? { version } : {};
}
