import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Database } from "../../store/database.ts";
import type { GroupCommit } from "../../store/commit/group-commit.ts";
import { feedMetrics } from "../../change/metrics.ts";
import { webhookMetrics } from "../../webhook/metrics.ts";
import { createMetrics } from "./metrics.ts";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const read = (path: string): string => readFileSync(path, "utf8");

/** The rows of the table in the document: name, type, labels, meaning. */
const written = read(join(root, "docs/operations.md"))
  .split("\n")
  .filter((line) => line.startsWith("| `roster_"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("the table of metrics in docs/operations.md", () => {
  it("gives the type, labels and meaning of each metric as /metrics does", () => {
    const connections = () => ({ busy: 0, idle: 0, waiting: 0 });
    const { registry } = createMetrics(
      { connections } as unknown as Database,
      { depth: 0, writable: true } as unknown as GroupCommit,
    );
    webhookMetrics(registry, {
      pending: { webhooks: 0, records: 0, oldest: undefined },
      onAttempt: undefined,
    });
    feedMetrics(registry, { figures: { watchers: 0, behind: 0, delivered: 0 }, onRead: undefined });
    const made = registry.getMetricsAsArray().map((metric) => {
      const { name, help, type, labelNames } = metric as unknown as Record<
        "name" | "help" | "type",
        string
      > & {
        labelNames: readonly string[];
      };
      return [`\`${name}\``, type, labelNames.map((label) => `\`${label}\``).join(", "), help];
    });
    expect(written).toEqual(made);
  });

  it("contains every metric", () => {
    const source = join(root, "apps/api/src");
    const names = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
      .map((path) => read(join(source, path)))
      .filter((text) => text.includes('from "prom-client"'))
      .flatMap((text) => [...text.matchAll(/"(roster_[a-z_]+)"/g)])
      .map(([, name]) => `\`${name}\``);
    expect(written.map(([name]) => name).toSorted()).toEqual(names.toSorted());
  });
});
