import type { Migration } from "./migration.ts";

/**
 * The migrations, oldest first, by the names under which databases record them. A released migration is
 * never renamed and never edited.
 */
export const migrations: Readonly<Record<string, () => Promise<Migration>>> = {
  "0001-records": async () => (await import("./0001-records.ts")).default,
};
