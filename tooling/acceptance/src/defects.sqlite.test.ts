import { expect, it } from "vitest";
import { defectsIn } from "./defects.ts";

it("a logged error is a defect, an outage of the database is none", () => {
  const logged = (level: number, msg: string): string =>
    JSON.stringify({ level, time: 1, work: "changes", msg });
  const [outage, warning, error, end] = [
    logged(50, "the database is not available"),
    logged(40, "a warning"),
    logged(50, "unexpected"),
    logged(60, "the end"),
  ] as const;
  const output = `Roster listens at http://127.0.0.1:1\n${[outage, warning, error, end].join("\n")}\n`;
  expect(defectsIn(output)).toEqual([error, end]);
});
