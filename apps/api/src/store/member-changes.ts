import { segments, type Change, type RecordType } from "@roster/domain";

/** The changes of a user group's members among the changes of a log entry. */
export const memberChanges = (
  type: RecordType,
  changes: readonly Change[],
): { member: string; isMember: boolean }[] =>
  type === "userGroup"
    ? changes
        .filter(({ path }) => path.startsWith("/members/"))
        .map(({ path, to }) => ({ member: segments(path)[1] as string, isMember: to !== undefined }))
    : [];
