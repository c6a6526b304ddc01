export { formFaults, forTanStackForm, showInHookForm, type FormFaults } from "./form-faults.ts";
export { RosterProvider, useRoster, useRosterClient, type RosterProviderProps } from "./provider.ts";
export type { RecordOf, Records, UpdateOf } from "./records.ts";
export { useRecord, useRecordUpdate, type LiveRecord, type RecordUpdate } from "./use-record.ts";
export { useRecords, type RecordList } from "./use-records.ts";
export { withUpdate } from "./with-update.ts";
