import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Change, LoggedChange, JsonObject, JsonValue, StoredCustomer } from "@roster/domain";

/** The parts that the floors of an update share on both databases. */

/** A waiting request. */
export interface Waiting {
  id: string;
  patch: JsonObject;
  answer(text: string): void;
}

/** A decided update that is not written yet. */
export interface Update {
  before: StoredCustomer;
  record: StoredCustomer;
  /** The changed fields. */
  fields: string[];
  entry: LoggedChange;
}

/** Applies a patch to a customer without checking it. */
export function apply(before: StoredCustomer, patch: JsonObject, seq: number): Update {
  const changes: Change[] = [];
  const values: JsonObject = {};
  for (const [field, to] of Object.entries(patch)) {
    const from = (before as unknown as JsonObject)[field] as JsonValue;
    if (isObject(from) && isObject(to)) {
      for (const [key, value] of Object.entries(to))
        changes.push({ path: `/${field}/${key}`, from: from[key], to: value });
      values[field] = { ...from, ...to };
    } else {
      changes.push({ path: `/${field}`, from, to });
      values[field] = to;
    }
  }
  const now = new Date().toISOString();
  const version = before.version + 1;
  return {
    before,
    record: { ...before, ...values, version, updatedAt: now, updatedBy: "floor" },
    fields: [...Object.keys(values), "version", "updatedAt", "updatedBy"],
    entry: {
      seq,
      recordType: "customer",
      recordId: before.id,
      version,
      action: "update",
      at: now,
      actor: "floor",
      source: "floor",
      reason: null,
      changes,
    },
  };
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const answerTo = ({ record }: Update): string =>
  JSON.stringify({
    ...record,
    computedProperties: record.properties ?? {},
    computedMapping: record.mapping ?? {},
  });

/** Serves updates until the parent process ends, and sends it the port. */
export function serve(submit: (one: Waiting) => void): void {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      submit({
        id: request.url?.slice("/api/customers/".length) ?? "",
        patch: JSON.parse(body) as JsonObject,
        answer(text) {
          response.writeHead(200, {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(text),
          });
          response.end(text);
        },
      });
    });
  });
  // Node looks at its timers first: after a pause of five seconds on a busy machine it would close connections
  // whose requests have arrived.
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.once("disconnect", () => process.exit());
}
