import { Option, type Command } from "@commander-js/extra-typings";
import type { JsonObject } from "@roster/domain";
import type { Context } from "../context.ts";
import { parseNaming } from "../naming.ts";
import { nouns } from "../nouns.ts";
import { examples, newCommand, repeated } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { shown } from "../values.ts";

/** The calls whose inputs are made of words, which Roster checks. */
interface MergeCalls {
  merge: {
    mutate(input: JsonObject): Promise<{
      choices: { field: string; into: unknown; from: unknown; result: unknown }[];
      moved: { customers: number; users: number };
      applied: boolean;
    }>;
  };
  unmerge: { mutate(input: JsonObject): Promise<{ customer: { id: string }; from: { id: string } }> };
}

/** Adds `merge` and `unmerge` to `roster customer`. */
export function addMerge(context: Context, customer: Command): void {
  const { fields, own } = nouns.customer;
  const where = (word: string) => parseNaming(fields, own, word);
  const calls = async (options: { profile?: string | undefined }) =>
    (await context.client(options)).customer as unknown as MergeCalls;

  customer.addCommand(
    newCommand("merge")
      .description("merge a duplicate into another customer")
      .argument("<duplicate>")
      .addOption(new Option("--into <survivor>", "the customer that stays").makeOptionMandatory())
      .addOption(
        new Option("--prefer <field=side>", "the side whose value stays: into or from").argParser(repeated),
      )
      .option("--reason <text>", "the reason, kept in the history")
      .option("--dry-run", "show the resulting values, and store nothing")
      .option("--json", "print JSON")
      .addHelpText(
        "after",
        examples(
          "roster customer merge acme-2 --into acme --dry-run",
          "roster customer merge acme-2 --into acme --prefer name=from",
        ),
      )
      .action(async (duplicate, { into, prefer = [], reason, dryRun, json, profile }) => {
        const sides = prefer.map((word) => {
          const [, field, side] = /^(\w+)=(into|from)$/.exec(word) ?? [];
          if (field === undefined || side === undefined)
            throw new UsageError(`${word}: write field=into or field=from`);
          return [field, side];
        });
        const { merge } = await calls({ profile });
        const result = await merge.mutate({
          where: where(duplicate),
          into: where(into),
          ...(sides.length > 0 && { prefer: Object.fromEntries(sides) as JsonObject }),
          ...(reason !== undefined && { reason }),
          ...(dryRun && { dryRun: true }),
        });
        if (json) return context.printJson(result);
        await context.printTable(
          ["field", into, duplicate, "result"],
          result.choices.map((choice) => [
            choice.field,
            shown(choice.into),
            shown(choice.from),
            shown(choice.result),
          ]),
        );
        const { customers, users } = result.moved;
        await context.line(`${dryRun ? "would move" : "moved"} ${customers} customers and ${users} users`);
      }),
  );
  customer.addCommand(
    newCommand("unmerge")
      .description("undo a merge; name the duplicate by its id or number")
      .argument("<duplicate>")
      .option("--reason <text>", "the reason, kept in the history")
      .option("--json", "print JSON")
      .action(async (duplicate, { reason, json, profile }) => {
        const { unmerge } = await calls({ profile });
        const result = await unmerge.mutate({
          where: where(duplicate),
          ...(reason !== undefined && { reason }),
        });
        if (json) return context.printJson(result);
        await context.line(`separated ${result.from.id} from ${result.customer.id}`);
      }),
  );
}
