import type { MigrationState } from "../store/migrations/state.ts";

/** The exit codes of commands. */
export const exits = { done: 0, failed: 1, pending: 2, newer: 3 } as const;

/** Describes the state of a database's migrations in lines of text and an exit code. */
export function statusOf({ applied, pending, unknown }: MigrationState): { lines: string[]; exit: number } {
  const [verdict, exit] =
    unknown.length > 0
      ? [
          "The database is newer than this release and cannot be used with it. Install the newer release.",
          exits.newer,
        ]
      : pending.length > 0
        ? [
            "Not up to date: npm run db:migrate, or the next start of a server, applies the pending migrations.",
            exits.pending,
          ]
        : ["Up to date.", exits.done];
  const lines = [
    ...applied.map((name) => `  ${name}  applied`),
    ...pending.map((name) => `  ${name}  pending`),
    ...unknown.map((name) => `  ${name}  unknown to this release`),
    verdict,
  ];
  return { lines, exit };
}
