import type { Migration } from "./migration.ts";

/**
 * The migrations, oldest first, by the names that databases record. A released migration is never renamed or
 * edited.
 */
export const migrations: Readonly<Record<string, () => Promise<Migration>>> = {
  "0001-records": async () => (await import("./0001-records.ts")).default,
  "0002-change-sets": async () => (await import("./0002-change-sets.ts")).default,
  "0003-finding": async () => (await import("./0003-finding.ts")).default,
  "0004-user-groups": async () => (await import("./0004-user-groups.ts")).default,
  "0005-people": async () => (await import("./0005-people.ts")).default,
  "0006-search-index": async () => (await import("./0006-search-index.ts")).default,
};
