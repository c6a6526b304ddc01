import type { DeliveryJson } from "@roster/domain";
import type { Pending, Replay } from "./deliveries.ts";
import type { Scalar } from "./rows.ts";

/** How what is kept of deliveries becomes rows and comes back: the same on every database. */

const snake = (camel: string): string => camel.replaceAll(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());

/** The columns of a table in order, tenant and webhook aside, and what is in them. */
function rows<Row>(names: readonly (keyof Row & string)[]) {
  return {
    columns: names.map(snake),
    values: (row: Row): Scalar[] => names.map((name) => row[name] as Scalar),
    decode: (values: readonly unknown[]): Row =>
      Object.fromEntries(names.map((name, i) => [name, values[i]])) as Row,
  };
}

export const pendingRows = rows<Pending>([
  "recordId",
  "seq",
  "lastSeq",
  "attempts",
  "at",
  "firstAttemptAt",
  "nextAttemptAt",
]);

export const deliveryRows = rows<DeliveryJson>([
  "id",
  "seq",
  "type",
  "attempt",
  "at",
  "duration",
  "outcome",
  "status",
  "error",
  "nextAttemptAt",
]);

export const replayRows = rows<Replay>(["id", "afterSeq", "recordId"]);
