import { pino, type DestinationStream, type Logger } from "pino";
import { currentRequest, logged } from "./current-request.ts";

/**
 * The log of a server: JSON, a line for each event. A line that is written while a request is answered
 * says which.
 */
export const createLogger = (level: string, destination: DestinationStream = pino.destination(2)): Logger =>
  pino(
    {
      level,
      serializers: { err: serializeError },
      mixin() {
        const notes = currentRequest();
        return notes ? logged(notes) : {};
      },
    },
    destination,
  );

/** What a driver says about the statement, and not about the values in it. */
const harmless = ["code", "severity", "schema", "table", "column", "constraint", "routine"] as const;

/**
 * What a log says of an error: enough to find its cause, and nothing of a record. Databases, and
 * readers of JSON, quote values in their messages, and PostgreSQL adds whole rows under `detail`.
 */
export function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const more = harmless.flatMap((name) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return {
    type: error.name,
    // From the first quotation mark to the last: there may be more of them within a value.
    message: error.message.replace(/".*"/s, '"…"'),
    ...Object.fromEntries(more),
    // Its first lines repeat the message.
    stack: (error.stack ?? "")
      .split("\n")
      .slice(error.message.split("\n").length)
      .filter((line) => line.startsWith("    at "))
      .join("\n"),
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  };
}
