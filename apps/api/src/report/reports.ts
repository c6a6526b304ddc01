import { RosterError, type LoggedChange } from "@roster/domain";
import type { Authenticator } from "../auth/authenticator.ts";
import { shownEntry } from "../record/shown-entry.ts";
import type { Database } from "../store/database.ts";
import type { ReportQuery, ReportStore } from "../store/reports/report-store.ts";
import { readQuestion } from "./question.ts";
import type { Reports } from "./report-types.ts";

type Asked = [type: unknown, where?: unknown, options?: unknown];

/** An entry of the log as it is read: missing members are null. */
type LoggedRow = Omit<LoggedChange, Absent> & { [K in Absent]: NonNullable<LoggedChange[K]> | null };
type Absent = "details" | "changeSet" | "onBehalfOf";

/** Makes the managers by which programs read reports. MikroORM is loaded by the first question. */
export function createReports(database: Database, authenticator: Authenticator) {
  let opened: Promise<ReportStore> | undefined;
  const open = () =>
    (opened ??= database.openReports().catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));
  return {
    /**
     * A manager for the holder of a token, who is looked up anew for each call. It is an object of three
     * functions and nothing else: neither it nor a row leads to MikroORM's own manager.
     */
    of(token: string): Reports {
      const question = async (...asked: Asked) => {
        const actor = await authenticator.authenticate({ token }, "local");
        return { actor, query: readQuestion(actor, ...asked) };
      };
      const find = async (asked: Asked, more: Partial<ReportQuery> = {}) => {
        const { actor, query } = await question(...asked);
        const rows = await (await open()).find({ ...query, ...more });
        if (query.type !== "changeLog") return rows;
        return (rows as LoggedRow[]).map(({ details, changeSet, onBehalfOf, ...entry }) =>
          shownEntry(actor, {
            ...entry,
            ...(details !== null && { details }),
            ...(changeSet !== null && { changeSet }),
            ...(onBehalfOf !== null && { onBehalfOf }),
          }),
        );
      };
      const manager = {
        find: (...asked: Asked) => find(asked),
        findOne: async (...asked: Asked) => (await find(asked, { limit: 1 }))[0] ?? null,
        async count(...asked: Asked) {
          const { query } = await question(...asked);
          return (await open()).count(query);
        },
      };
      // Rows that are read by the name of a type have the TypeScript type of that name.
      return Object.freeze(manager) as unknown as Reports;
    },
    async close(): Promise<void> {
      const store = await opened?.catch(() => undefined);
      // MikroORM would connect again.
      opened = Promise.reject(new RosterError("UNAVAILABLE", "the server is stopping"));
      opened.catch(() => undefined);
      await store?.close();
    },
  };
}
