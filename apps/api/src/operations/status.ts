import type { MigrationState } from "../store/migrations/state.ts";
import { exits } from "./exits.ts";

/** Describes the state of a database's migrations in lines of text and an exit code. */
export function statusOf({ applied, pending, unknown }: MigrationState): { lines: string[]; exit: number } {
  const lines = [
    ...applied.map((name) => `  ${name}  applied`),
    ...pending.map((name) => `  ${name}  pending`),
    ...unknown.map((name) => `  ${name}  unknown to this release`),
  ];
  if (unknown.length > 0) {
    return {
      lines: [
        ...lines,
        "The database is newer than this release and cannot be used with it. Install the newer release.",
      ],
      exit: exits.newer,
    };
  }
  if (pending.length > 0) {
    return {
      lines: [
        ...lines,
        "Not up to date: npm run db:migrate, or the next start of a server, applies the pending migrations.",
      ],
      exit: exits.pending,
    };
  }
  return { lines: [...lines, "Up to date."], exit: exits.done };
}
