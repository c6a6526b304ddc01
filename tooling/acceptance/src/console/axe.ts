import axe, { type RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

/** The violations that axe finds on a page, by all rules or by some. */
export const violations = (page: Page, ...rules: string[]): Promise<string[]> =>
  found(page, undefined, rules.length > 0 ? { type: "rule", values: rules } : { type: "tag", values: tags });

/** The violations of all rules that axe finds in an element that shows over or within a page. */
export const violationsIn = (page: Page, selector: string): Promise<string[]> =>
  found(page, selector, { type: "tag", values: tags });

async function found(
  page: Page,
  within: string | undefined,
  runOnly: RunOptions["runOnly"],
): Promise<string[]> {
  // Reading axe takes as long as a look at a small page, so each document reads it once.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const options: RunOptions = { runOnly, resultTypes: ["violations"] };
  return page.evaluate(
    async ([context, how]) => {
      const { axe: own } = globalThis as unknown as { axe: typeof axe };
      const { violations: all } = await (context === null ? own.run(how) : own.run(context, how));
      return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`);
    },
    [within ?? null, options] as const,
  );
}
