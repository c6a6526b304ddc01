import { Option, type Command } from "@commander-js/extra-typings";
import type { Member, Page, UserGroupWhere } from "@roster/domain";
import type { Context } from "../context.ts";
import { parseNaming } from "../naming.ts";
import { nouns } from "../nouns.ts";
import { examples, newCommand, wholeNumber } from "../options.ts";

/** Adds `members` to `roster user-group`. */
export function addMembers(context: Context, group: Command): void {
  const { fields, own, example } = nouns.userGroup;
  group.addCommand(
    newCommand("members")
      .description("list the members of a user group")
      .argument("<record>", "its id")
      .addOption(new Option("--version <number>", "those that it had in this version").argParser(wholeNumber))
      .option("--json", "print JSON")
      .addHelpText("after", examples(`roster user-group members ${example.named}`))
      .action(async (word, { version, json, profile }) => {
        const client = await context.client({ profile });
        const where = parseNaming(fields, own, word) as UserGroupWhere;
        const members: Member[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page: Page<Member> = await client.userGroup.members.query(
            {
              where,
              limit: 1_000,
              ...(version !== undefined && { version }),
              ...(cursor !== undefined && { cursor }),
            },
            context.call,
          );
          members.push(...page.items);
          cursor = page.nextCursor;
        }
        if (json) return context.printJson(members);
        await context.printTable(
          ["id", "type", "name"],
          members.map(({ id, type, name }) => [id, type, name ?? ""]),
        );
      }),
  );
}
