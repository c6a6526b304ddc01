import { pino, type DestinationStream, type Logger } from "pino";
import { currentRequest, logged } from "./current-request.ts";

/**
 * Creates the server's log: JSON, one line per event. Lines written while a request is answered identify the
 * request.
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

/** Properties of driver errors that describe the statement but not its values. */
const harmless = ["code", "severity", "schema", "table", "column", "constraint", "routine"] as const;

/**
 * Serialises an error with enough to find its cause and no record data. Messages of databases and JSON
 * parsers quote values, and PostgreSQL puts whole rows into `detail`.
 */
export function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const more = harmless.flatMap((name) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return {
    type: error.name,
    // Greedy from the first to the last quotation mark, because a value may contain more of them.
    message: error.message.replace(/".*"/s, '"…"'),
    ...Object.fromEntries(more),
    // The first lines of a stack repeat the message.
    stack: (error.stack ?? "")
      .split("\n")
      .slice(error.message.split("\n").length)
      .filter((line) => line.startsWith("    at "))
      .join("\n"),
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  };
}
