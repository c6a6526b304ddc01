import { bookkeeping } from "../store/bookkeeping.ts";
import { snake, tables } from "../store/tables.ts";

/** The tables that have a tenant. */
export const tenantTables = [
  ...Object.values(tables).map(({ name }) => name),
  ...Object.keys(bookkeeping).map(snake),
];

/** The tables by which a token leads to its tenant: they are small, and every shard has them. */
const references = ["tenants", "tokens"];

const sharded = new Set(tenantTables.filter((name) => !references.includes(name)));

/**
 * The uses of sharded tables in a statement that do not name one tenant, so that an engine that shards by
 * tenant could not find the shard. A use names its tenant by a parameter, or because its tenant must equal
 * that of another sharded table that does; a `with` query in between would hide that from the engine.
 * @returns the names of these tables, as the statement calls them
 */
export function withoutTenant(sql: string): string[] {
  const text = sql.replaceAll('"', "");
  const inserted = /^insert into (\w+) \(tenant, [^)]*\) (?:select \$\d+ as tenant|values \(\$1)/.exec(
    text,
  )?.[1];
  const uses = [...text.matchAll(use)].flatMap(([, table = "", as, alias = as ?? unnamed]) =>
    sharded.has(table) && table !== inserted ? [alias] : [],
  );
  const given = (alias: string) =>
    count(text, alias === unnamed ? "(?<![.\\w])tenant = \\$" : `\\b${alias}\\.tenant = \\$`);
  const named = new Map(uses.map((alias) => [alias, given(alias)]));
  const isNamed = (alias: string) => (named.get(alias) ?? 0) >= uses.filter((use) => use === alias).length;
  const joins = [...text.matchAll(/\b(\w+)\.tenant = (\w+)\.tenant\b/g)].map(([, one, other]) => [
    one,
    other,
  ]);
  for (let found = true; found;) {
    found = false;
    for (const [i, [one = "", other = ""]] of joins.entries()) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        if (!named.has(from) || !named.has(to) || !isNamed(from) || isNamed(to)) continue;
        named.set(to, (named.get(to) ?? 0) + 1);
        joins.splice(i, 1);
        found = true;
      }
    }
  }
  return [...named.keys()].filter((alias) => !isNamed(alias));
}

/** A table of a statement, and its name there. */
const use =
  /\b(?:from|join|into|update|using)\s+(\w+)(?:\s+as\s+(\w+)|\s+(?!where|set|on|order|limit|cross|left|inner|values|select|group|skip|of)(\w+))?/g;
/** A placeholder for the name of a table that has no alias. */
const unnamed = "a table without another name";

const count = (text: string, pattern: string): number => [...text.matchAll(new RegExp(pattern, "g"))].length;
