import { Option } from "@commander-js/extra-typings";
import {
  scopes,
  tenantFields,
  webhookFields,
  type Fields,
  type JsonObject,
  type Page,
  type Scope,
} from "@roster/domain";
import { readFile } from "node:fs/promises";
import { parseAssignments } from "../assignments.ts";
import type { Context } from "../context.ts";
import { examples, instant, newCommand, repeated, wholeNumber } from "../options.ts";
import { propertiesTypes } from "../properties-types.ts";
import { UsageError, unreadableFile } from "../usage-error.ts";
import { changeLines, shown } from "../values.ts";

interface ListCall {
  query(input: JsonObject, options: { signal: AbortSignal }): Promise<Page<object>>;
}

/** Prints all items of a list. */
async function printList(
  context: Context,
  list: ListCall,
  columns: readonly string[],
  json: true | undefined,
): Promise<void> {
  const items: object[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await list.query({ limit: 200, ...(cursor !== undefined && { cursor }) }, context.call);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  if (json) return context.printJson(items);
  const rows = items.map((item) => columns.map((name) => shown((item as Record<string, unknown>)[name])));
  await context.printTable(columns, rows);
}

/** Prints one record for people, or as JSON. */
async function printOne(context: Context, record: object, json: true | undefined): Promise<void> {
  if (json) return context.printJson(record);
  await context.printFields(Object.entries(record).map(([name, value]) => [name, shown(value)]));
}

/** `roster tag`, `channel` and `access-group`: records that have only a name. */
export const namedCommands = (context: Context) =>
  (
    [
      ["tag", "groupTag", "group tags", ["name", "createdAt"]],
      ["channel", "channel", "channels", ["number", "name", "createdAt"]],
      ["access-group", "accessGroup", "access groups", ["name", "createdAt"]],
    ] as const
  ).map(([name, noun, words, columns]) =>
    newCommand(name)
      .description(words)
      .addCommand(
        newCommand("list")
          .description(`list ${words}`)
          .option("--json", "print JSON")
          .action(async ({ json, profile }) => {
            const client = await context.client({ profile });
            await printList(context, client[noun].list, columns, json);
          }),
      )
      .addCommand(
        newCommand("create")
          .description(`create one or several ${words}`)
          .argument("<names...>")
          .option("--json", "print JSON")
          .action(async (names, { json, profile }) => {
            const client = await context.client({ profile });
            for (const each of names) {
              const created = await client[noun].create.mutate({ name: each });
              if (json) await context.printJson(created);
              else await context.line(`created ${each}`);
            }
          }),
      ),
  );

/** `roster level`: the levels of the hierarchy. */
export const levelCommand = (context: Context) =>
  newCommand("level")
    .description("the levels of the hierarchy")
    .addCommand(
      newCommand("list")
        .description("list the levels, the highest first")
        .option("--json", "print JSON")
        .action(async ({ json, profile }) => {
          const client = await context.client({ profile });
          const { items } = await client.hierarchyLevel.list.query(undefined, context.call);
          if (json) return context.printJson(items);
          await context.printTable(
            ["position", "name"],
            items.map(({ position, name }) => [String(position), name]),
          );
        }),
    )
    .addCommand(
      newCommand("set")
        .description("name all levels, the highest first")
        .argument("<names...>")
        .addHelpText("after", examples("roster level set Group Company Site"))
        .action(async (levels, { profile }) => {
          const client = await context.client({ profile });
          await client.hierarchyLevel.replaceAll.mutate({ levels });
          await context.line(`levels: ${levels.join(" > ")}`);
        }),
    );

/** `roster token`. */
export const tokenCommand = (context: Context) =>
  newCommand("token")
    .description("the tokens of the tenant")
    .addCommand(
      newCommand("list")
        .description("list tokens, not what they are")
        .option("--json", "print JSON")
        .action(async ({ json, profile }) => {
          const client = await context.client({ profile });
          await printList(
            context,
            client.token.list,
            ["id", "name", "scopes", "expiresAt", "createdAt"],
            json,
          );
        }),
    )
    .addCommand(
      newCommand("create")
        .description("make a token; it is shown only this once")
        .argument("<name>", "what it is for")
        .addOption(
          new Option("--scope <scope>", `what it allows: ${scopes.join(", ")}; can be given again`)
            .argParser(repeated)
            .makeOptionMandatory(),
        )
        .addOption(new Option("--expires <instant>", "when it stops working").argParser(instant))
        .option("--json", "print JSON")
        .addHelpText(
          "after",
          examples(`roster token create "CRM sync" --scope customers:read --scope customers:write`),
        )
        .action(async (name, { scope, expires, json, profile }) => {
          const unknown = scope.filter((each) => !(scopes as readonly string[]).includes(each));
          if (unknown.length > 0)
            throw new UsageError(...unknown.map((each) => `${each} is not one of ${scopes.join(", ")}`));
          const client = await context.client({ profile });
          const made = await client.token.create.mutate({
            name,
            scopes: scope as Scope[],
            ...(expires !== undefined && { expiresAt: expires }),
          });
          if (json) return context.printJson(made);
          await context.note(`token ${made.id}, shown only this once:`);
          await context.line(made.token);
        }),
    )
    .addCommand(
      newCommand("revoke")
        .description("end a token")
        .argument("<id>")
        .action(async (id, { profile }) => {
          const client = await context.client({ profile });
          await client.token.revoke.mutate({ where: { id } });
          await context.line(`revoked ${id}`);
        }),
    );

/** `roster tenant`. */
export const tenantCommand = (context: Context) =>
  newCommand("tenant")
    .description("the tenant of the token, and others")
    .addCommand(
      newCommand("get")
        .description("show the tenant of the token")
        .option("--json", "print JSON")
        .action(async ({ json, profile }) => {
          const client = await context.client({ profile });
          await printOne(context, await client.tenant.get.query(undefined, context.call), json);
        }),
    )
    .addCommand(
      newCommand("update")
        .description("change the tenant of the token")
        .argument("<assignments...>", "such as defaultCountry=NL requireVersions=yes")
        .option("--dry-run", "show what would change, and store nothing")
        .option("--json", "print JSON")
        .action(async (words, { dryRun, json, profile }) => {
          const { patch = {} } = parseAssignments(tenantFields, words);
          const client = await context.client({ profile });
          const result = await client.tenant.update.mutate({ patch, ...(dryRun && { dryRun }) });
          if (json) return context.printJson(result);
          for (const line of changeLines(result.changes)) await context.line(line);
        }),
    )
    .addCommand(
      newCommand("list")
        .description("list all tenants; only the first one may")
        .option("--json", "print JSON")
        .action(async ({ json, profile }) => {
          const client = await context.client({ profile });
          await printList(context, client.tenant.list, ["number", "name", "id", "createdAt"], json);
        }),
    )
    .addCommand(
      newCommand("create")
        .description("make a tenant; its admin token is shown only this once")
        .argument("<name>")
        .option("--json", "print JSON")
        .action(async (name, { json, profile }) => {
          const client = await context.client({ profile });
          const made = await client.tenant.create.mutate({ name });
          if (json) return context.printJson(made);
          await context.note(`tenant ${made.number}; its admin token, shown only this once:`);
          await context.line(made.token);
        }),
    )
    .addCommand(
      newCommand("types")
        .description("write a TypeScript module that types customers' properties by the tenant's schema")
        .addHelpText("after", examples("roster tenant types > src/roster-properties.d.ts"))
        .action(async ({ profile }) => {
          const client = await context.client({ profile });
          const { propertiesSchema } = await client.tenant.get.query(undefined, context.call);
          await context.line(propertiesTypes(propertiesSchema).trimEnd());
        }),
    )
    .addCommand(
      newCommand("schema")
        .description("show the schema of customers' properties, or set it")
        .argument("[file]", "a JSON Schema; - removes the schema")
        .option("--dry-run", "list the customers that do not fit, and store nothing")
        .option("--accept-misfits", "set it even if customers do not fit")
        .option("--json", "print JSON")
        .addHelpText(
          "after",
          examples("roster tenant schema", "roster tenant schema properties.schema.json --dry-run"),
        )
        .action(async (file, { dryRun, acceptMisfits, json, profile }) => {
          const client = await context.client({ profile });
          if (file === undefined) {
            const { propertiesSchema } = await client.tenant.get.query(undefined, context.call);
            return context.printJson(propertiesSchema);
          }
          const schema = file === "-" ? null : await readSchema(file);
          const result = await client.tenant.setPropertiesSchema.mutate({
            schema,
            ...(dryRun && { dryRun }),
            ...(acceptMisfits && { acceptMisfits }),
          });
          if (json) return context.printJson(result);
          for (const { id, providedId, faults } of result.misfits) {
            for (const fault of faults)
              await context.line(`${providedId ?? id} ${fault.pointer}: ${fault.message}`);
          }
          await context.line(
            `${result.misfitCount} customers do not fit${dryRun ? "; nothing was stored" : ""}`,
          );
        }),
    );

async function readSchema(file: string): Promise<JsonObject> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as JsonObject;
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(`${file}: is not JSON`) : unreadableFile(file, error);
  }
}

/** `roster webhook`. */
export function webhookCommand(context: Context) {
  const fields: Fields = webhookFields;
  const asJson = () => new Option("--json", "print JSON");
  return newCommand("webhook")
    .description("webhooks, their deliveries and replays")
    .addCommand(
      newCommand("list")
        .description("list webhooks")
        .addOption(asJson())
        .action(async ({ json, profile }) => {
          const client = await context.client({ profile });
          await printList(
            context,
            client.webhook.list,
            ["id", "url", "events", "enabled", "disabledReason"],
            json,
          );
        }),
    )
    .addCommand(
      newCommand("get")
        .description("show a webhook and its progress")
        .argument("<id>")
        .addOption(asJson())
        .action(async (id, { json, profile }) => {
          const client = await context.client({ profile });
          const where = { id };
          const [webhook, status] = await Promise.all([
            client.webhook.get.query({ where }, context.call),
            client.webhook.status.query({ where }, context.call),
          ]);
          await printOne(context, { ...webhook, ...status }, json);
        }),
    )
    .addCommand(
      newCommand("create")
        .description("make a webhook; its secret is shown only this once")
        .argument("<url>")
        .addOption(
          new Option("--event <type>", "such as customer.created, customer.* or *; can be given again")
            .argParser(repeated)
            .makeOptionMandatory(),
        )
        .addOption(new Option("--payload <kind>", "what is sent").choices(["thin", "full"] as const))
        .addOption(asJson())
        .addHelpText(
          "after",
          examples(`roster webhook create https://crm.example/roster --event 'customer.*'`),
        )
        .action(async (url, { event, payload, json, profile }) => {
          const client = await context.client({ profile });
          const made = await client.webhook.create.mutate({
            url,
            events: event,
            ...(payload && { payload }),
          });
          if (json) return context.printJson(made);
          await context.note(`webhook ${made.id}; its secret, shown only this once:`);
          await context.line(made.secret);
        }),
    )
    .addCommand(
      newCommand("update")
        .description("change a webhook")
        .argument("<id>")
        .argument("<assignments...>", "such as enabled=yes events+=user.created")
        .addOption(asJson())
        .action(async (id, words, { json, profile }) => {
          const client = await context.client({ profile });
          const result = await client.webhook.update.mutate({
            where: { id },
            ...parseAssignments(fields, words),
          });
          if (json) return context.printJson(result);
          for (const line of changeLines(result.changes)) await context.line(line);
        }),
    )
    .addCommand(
      newCommand("delete")
        .description("delete a webhook")
        .argument("<id>")
        .action(async (id, { profile }) => {
          const client = await context.client({ profile });
          await client.webhook.delete.mutate({ where: { id } });
          await context.line(`deleted ${id}`);
        }),
    )
    .addCommand(
      newCommand("rotate-secret")
        .description("give a webhook a new secret, shown only this once")
        .argument("<id>")
        .addOption(
          new Option("--overlap <seconds>", "for how long the old one stays valid; default a day").argParser(
            wholeNumber,
          ),
        )
        .action(async (id, { overlap, profile }) => {
          const client = await context.client({ profile });
          const { secret } = await client.webhook.rotateSecret.mutate({
            where: { id },
            ...(overlap !== undefined && { overlap }),
          });
          await context.line(secret);
        }),
    )
    .addCommand(
      newCommand("deliveries")
        .description("list attempts to deliver, newest first")
        .argument("<id>")
        .addOption(new Option("--seq <seq>", "only of this change").argParser(wholeNumber))
        .addOption(new Option("--limit <number>", "at most this many").argParser(wholeNumber).default(20))
        .addOption(asJson())
        .action(async (id, { seq, limit, json, profile }) => {
          const client = await context.client({ profile });
          const input = { where: { id }, limit: Math.min(limit, 200), ...(seq !== undefined && { seq }) };
          const { items } = await client.webhook.deliveries.query(input, context.call);
          if (json) return context.printJson(items);
          const columns = Object.keys(items[0] ?? {});
          await context.printTable(
            columns,
            items.map((item) =>
              columns.map((name) => shown((item as unknown as Record<string, unknown>)[name])),
            ),
          );
        }),
    )
    .addCommand(
      newCommand("replay")
        .description("send events again")
        .argument("<id>")
        .addOption(new Option("--seq <seq>", "of this change").argParser(wholeNumber).conflicts("after"))
        .addOption(
          new Option("--after <seq>", "of all changes after this position; 0 for all").argParser(wholeNumber),
        )
        .action(async (id, { seq, after, profile }) => {
          const what = seq !== undefined ? { seq } : after !== undefined ? { after } : undefined;
          if (!what) throw new UsageError("say which events: --seq or --after");
          const client = await context.client({ profile });
          await client.webhook.replay.mutate({ where: { id }, ...what });
          await context.line("sending again");
        }),
    );
}
