import { Option } from "@commander-js/extra-typings";
import { recordTypes, type RecordType } from "@roster/domain";
import { readFile } from "node:fs/promises";
import type { Context } from "../context.ts";
import { outputFile } from "../file-output.ts";
import { examples, newCommand, repeated, wholeNumber } from "../options.ts";
import { UsageError, unreadableFile } from "../usage-error.ts";

/** `roster tail`: changes as they are made. */
export const tailCommand = (context: Context) =>
  newCommand("tail")
    .description("print changes as they are made; it reconnects by itself and misses none")
    .addOption(
      new Option("--type <type>", "only of records of this type; can be given again").argParser(repeated),
    )
    .addOption(
      new Option("--id <id>", "only of the record with this id; can be given again").argParser(repeated),
    )
    .addOption(
      new Option(
        "--after <seq>",
        "begin after this position of the change log; default: with the next change",
      ).argParser(wholeNumber),
    )
    .option("--state <file>", "keep the position here, and go on from it the next time")
    .addOption(new Option("--limit <number>", "end after this many").argParser(wholeNumber))
    .option("--until-now", "end at the present end of the change log")
    .option("--json", "print each change as a line of JSON")
    .addHelpText(
      "after",
      examples(
        "roster tail",
        "roster tail --type customer --json",
        "roster tail --after 0 --until-now",
        "roster tail --json --state position.txt",
      ),
    )
    .action(
      async ({ type: types, id: ids, after: given, state, limit = Infinity, untilNow, json, profile }) => {
        const unknown = (types ?? []).filter((name) => !Object.hasOwn(recordTypes, name));
        if (unknown.length > 0) {
          throw new UsageError(
            ...unknown.map((name) => `${name} is not one of ${Object.keys(recordTypes).join(", ")}`),
          );
        }
        const client = await context.client({ profile });
        const after = given ?? (state === undefined ? undefined : await positionIn(state));
        const filter = { ...(types && { types: types as RecordType[] }), ...(ids && { ids }) };
        const show = async (change: { seq: number }) =>
          context.line(json ? JSON.stringify(change) : describe(change as Shown));
        let left = limit;
        if (untilNow) {
          let at = after ?? 0;
          for (let more = true; more && left > 0;) {
            const page = await client.change.list.query(
              { ...filter, after: at, limit: Math.min(left, 1_000) },
              context.call,
            );
            for (const change of page.items) await show(change);
            left -= page.items.length;
            ({ next: at, more } = page);
            if (state !== undefined) await keep(state, at);
          }
          return;
        }
        const changes = client.change.watch(
          { ...filter, ...(after !== undefined && { after }) },
          context.call,
        );
        try {
          while (left > 0) {
            const { done, value } = await changes.next();
            if (done) break;
            await show(value);
            if (state !== undefined) await keep(state, value.seq);
            left--;
          }
        } finally {
          await changes.return();
        }
      },
    );

interface Shown {
  seq: number;
  recordType: string;
  recordId: string;
  version: number;
  action: string;
  at: Date;
  actor: string;
  reason: string | null;
  changes: { path: string }[];
}

const describe = ({
  seq,
  recordType,
  recordId,
  version,
  action,
  at,
  actor,
  reason,
  changes,
}: Shown): string =>
  [
    String(seq),
    at.toISOString(),
    `${action} ${recordType} ${recordId}`,
    `version ${version}`,
    action === "update" || action === "revert" ? changes.map(({ path }) => path).join(" ") : "",
    `by ${actor}`,
    reason === null ? "" : `(${reason})`,
  ]
    .filter((part) => part !== "")
    .join("  ");

/** @returns undefined if there is no such file yet */
async function positionIn(file: string): Promise<number | undefined> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadableFile(file, error);
  }
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${file} does not hold a position`);
}

async function keep(file: string, seq: number): Promise<void> {
  const output = outputFile(file);
  await output.write(`${seq}\n`);
  await output.end();
}
