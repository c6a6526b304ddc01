import { Option } from "@commander-js/extra-typings";
import { changeSetKinds, type ChangeSet, type UndoneItem } from "@roster/domain";
import type { Context } from "../context.ts";
import { exits } from "../exits.ts";
import { examples, newCommand, wholeNumber } from "../options.ts";
import { StatusLine } from "../status-line.ts";
import { changeLines, shown } from "../values.ts";

/** `roster change-set`: what imports and bulk changes did, and taking it back. */
export function changeSetCommand(context: Context) {
  const command = newCommand("change-set")
    .description("what imports and bulk changes did, and taking it back")
    .addHelpText("after", examples("roster change-set list --json", "roster change-set undo ID"));

  command.addCommand(
    newCommand("list")
      .description("list change sets, newest first")
      .addOption(new Option("--kind <kind>", "only of this kind").choices(changeSetKinds))
      .addOption(new Option("--limit <number>", "at most this many").argParser(wholeNumber).default(20))
      .option("--json", "print JSON")
      .action(async ({ kind, limit, json, profile }) => {
        const client = await context.client({ profile });
        const sets: ChangeSet[] = [];
        for (let cursor: string | null | undefined; cursor !== null && sets.length < limit;) {
          const asked = {
            limit: Math.min(limit - sets.length, 200),
            ...(kind && { kind }),
            ...(cursor !== undefined && { cursor }),
          };
          const page: { items: ChangeSet[]; nextCursor: string | null } = await client.changeSet.list.query(
            asked,
            context.call,
          );
          sets.push(...page.items);
          cursor = page.nextCursor;
        }
        if (json) return context.printJson(sets);
        await context.printTable(
          ["id", "kind", "name", "opened", "created", "updated", "deleted", "refused", "undone"],
          sets.map((set) => [
            set.id,
            set.kind,
            set.name ?? "",
            set.openedAt.toISOString(),
            ...[set.created, set.updated, set.deleted, set.refused].map(String),
            set.undoneBy === null ? "" : "yes",
          ]),
        );
      }),
  );

  command.addCommand(
    newCommand("get")
      .description("show a change set")
      .argument("<id>")
      .option("--json", "print JSON")
      .action(async (id, { json, profile }) => {
        const client = await context.client({ profile });
        const set = await client.changeSet.get.query({ where: { id } }, context.call);
        if (json) return context.printJson(set);
        await context.printFields(Object.entries(set).map(([name, value]) => [name, shown(value)]));
      }),
  );

  command.addCommand(
    newCommand("undo")
      .description("take back what a change set did, except what others have changed since")
      .argument("<id>")
      .option("--reason <text>", "the reason, kept in the history")
      .option("--dry-run", "say what would be taken back, and store nothing")
      .option("--json", "print the result as JSON")
      .addHelpText(
        "after",
        `\nAn undo that is interrupted goes on when it is started again. It is a change set itself, so it can be undone too.\n`,
      )
      .action(async (id, { reason, dryRun = false, json, profile }) => {
        const client = await context.client({ profile });
        const status = new StatusLine(context.terminal);
        const counts: Record<UndoneItem["outcome"], number> = {
          deleted: 0,
          restored: 0,
          updated: 0,
          unchanged: 0,
          left: 0,
        };
        const left: UndoneItem[] = [];
        let changeSet: string | null = null;
        let cursor: string | null = null;
        try {
          for (let done = false; !done;) {
            // Ctrl-C ends it between two steps.
            context.terminal.signal.throwIfAborted();
            const step = await client.changeSet.undo.mutate({
              where: { id },
              ...(reason !== undefined && { reason }),
              ...(dryRun && { dryRun }),
              ...(cursor !== null && { cursor }),
            });
            for (const item of step.items) {
              counts[item.outcome]++;
              if (item.outcome === "left") left.push(item);
              else if (dryRun && !json) {
                await context.line(`${item.outcome} ${item.recordType} ${item.id}`);
                for (const line of changeLines(item.changes ?? [])) await context.line(`  ${line}`);
              }
            }
            status.show(`${step.progress.done} of ${step.progress.total} changes looked at`);
            ({ done, cursor } = step);
            changeSet = step.changeSet?.id ?? null;
          }
        } finally {
          status.clear();
        }
        if (left.length > 0) context.exitCode = exits.rowsRefused;
        if (json) return context.printJson({ changeSet, ...counts, leftAsTheyAre: left });
        for (const item of left)
          await context.note(`left ${item.recordType} ${item.id}: ${item.error?.message}`);
        await context.line(
          `${dryRun ? "would be: " : ""}${counts.deleted} deleted, ${counts.restored} restored, ${counts.updated} changed back, ${counts.unchanged} unchanged, ${counts.left} left as they are`,
        );
        if (changeSet !== null) await context.line(`change set ${changeSet}`);
      }),
  );
  return command;
}
