import { runCommand } from "./commands.ts";
import { exits } from "./status.ts";

/**
 * The entry point of the operator's commands: `npm run db:status`, `db:migrate`, `db:copy`, `db:backup` and
 * `db:token`.
 */
try {
  process.exitCode = await runCommand(process.argv.slice(2), {
    env: process.env,
    print: (line) => process.stdout.write(`${line}\n`),
  });
} catch (error) {
  process.stderr.write(`roster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = exits.failed;
}
