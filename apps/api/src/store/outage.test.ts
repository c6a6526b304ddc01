import { pino } from "pino";
import { expect, it } from "vitest";
import { Outage } from "./outage.ts";

/** An outage, and the log lines that it writes. */
function watched(every?: number) {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line) as never) });
  return { outage: new Outage(logger, every), lines };
}
const away = new Error("connect ECONNREFUSED");

it("an outage logs one line when it begins and one when it ends, with its duration and the number of refusals", () => {
  const { outage, lines } = watched();
  outage.works("changes");
  for (let i = 0; i < 100; i++) {
    outage.failed("changes", away, 2);
    outage.failed("reads", away);
  }
  outage.works("reads");
  outage.works("changes");
  outage.works("changes");
  expect(lines).toMatchObject([
    { level: 50, msg: "the database is not available", err: { message: away.message }, work: "changes" },
    { level: 40, msg: "the database is available again", refused: { changes: 200, reads: 100 } },
  ]);
  expect(lines[1]?.["seconds"]).toBeTypeOf("number");
});

it("an outage lasts while any kind of work fails, and a second one is logged again", () => {
  const { outage, lines } = watched();
  outage.failed("reads", away);
  outage.failed("changes", away);
  outage.works("reads");
  outage.failed("reads", away);
  outage.works("changes");
  expect(lines).toHaveLength(1);
  outage.works("reads");
  outage.failed("changes", away, 7);
  outage.works("changes");
  expect(lines.map(({ refused }) => refused)).toEqual([
    undefined,
    { reads: 2, changes: 1 },
    undefined,
    { changes: 7 },
  ]);
});

it("an ongoing outage is logged at intervals, with the number of refusals so far", () => {
  const { outage, lines } = watched(0);
  for (let i = 0; i < 3; i++) outage.failed("changes", away);
  expect(lines).toMatchObject([
    { level: 50 },
    { level: 40, msg: "the database is still not available", refused: { changes: 1 } },
    { level: 40, refused: { changes: 2 } },
    { level: 40, refused: { changes: 3 } },
  ]);
});
