import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordFields } from "./record/record.ts";
import { recordTypes } from "./record-types.ts";
import type { Fields } from "./record/field.ts";

/**
 * Editors show the comment above a policy's line wherever its field is used. The comment repeats the field's
 * description, which is the only source: `npx vitest run packages/domain/src/field-comments.test.ts -u`
 * writes the comments.
 */
const policies: Record<string, Fields> = {
  recordFields,
  ...Object.fromEntries(Object.entries(recordTypes).map(([type, fields]) => [`${type}Fields`, fields])),
};
const files = [
  "record/record.ts",
  "customer/customer.ts",
  "user/user.ts",
  "user-group/user-group.ts",
  "reference/reference.ts",
  "webhook/webhook.ts",
];

/** A source file with the comments that its policies should have. */
function commented(source: string): string {
  const lines: string[] = [];
  let fields: Fields | undefined;
  for (const line of source.split("\n")) {
    const begun = /^(?:export )?const (?:own(?=[A-Z]))?(\w+Fields) = \{$/.exec(line)?.[1];
    if (begun !== undefined) fields = policies[begun.charAt(0).toLowerCase() + begun.slice(1)];
    else if (line === "} as const;") fields = undefined;
    else if (fields && /^ {2}\/\*\*/.test(line)) continue;
    const name = fields && /^ {2}(\w+)(:|,$)/.exec(line)?.[1];
    if (name !== undefined) lines.push(`  /** ${fields?.[name]?.description} */`);
    lines.push(line);
  }
  return lines.join("\n");
}

describe("the comments of policies", () => {
  it.each(files)("are the field descriptions in %s", async (file) => {
    const path = join(import.meta.dirname, file);
    await expect(commented(await readFile(path, "utf8"))).toMatchFileSnapshot(path);
  });

  it("can hold every description", () => {
    const descriptions = Object.values(policies).flatMap((fields) =>
      Object.values(fields).map(({ description }) => description),
    );
    for (const text of descriptions) expect(text).toMatch(/^(?!.*\*\/).+$/);
  });
});
