import { errorCodes, faultCodes, isJsonObject, type JsonObject, type JsonValue } from "@roster/domain";
import type { Outcome, RawAnswer } from "./exchange.ts";
import { isSound, type FuzzRequest } from "./request.ts";
import type { Operation } from "./routes.ts";

/** Statuses of requests refused before routing: malformed HTTP, too long, or too late. */
const beforeRoutes = new Set([400, 408, 413, 431]);

/** Statuses of answers without a body, such as the redirect from `/` to the documentation. */
const bodiless = new Set([204, 302, 304]);

/** Words that no refusal may contain: paths, source files, libraries. */
const leaks =
  /\n\s+at \S|node_modules|[\w-]\.[mc]?[jt]s:\d|file:\/\/\/\S+\.[mc]?[jt]s|SQLITE_|SqliteError|better-sqlite3|\bkysely\b/i;

/**
 * The faults of an answer, which no request may cause.
 */
export function faultsOf(request: FuzzRequest, outcome: Outcome, operations: readonly Operation[]): string[] {
  const sound = isSound(request);
  if (outcome.kind === "silence") return [`no answer within ${Math.round(outcome.milliseconds)} ms`];
  if (outcome.kind === "closed")
    return sound ? [`the connection was closed without an answer: ${JSON.stringify(outcome.received)}`] : [];
  const { answer, next } = outcome;
  const text = answer.body.toString();
  const faults: string[] = [];
  if (next && (next.status !== 200 || next.body.toString() !== '{"status":"ok"}')) {
    faults.push(`the next request on the connection got ${next.status}: ${next.body.toString()}`);
  }
  const isDocumented = operations.some(
    ({ path, answers }) => path === request.operation?.path && answers.has(answer.status),
  );
  // Not Implemented is an answer that a document can promise.
  if (answer.status >= 500 && !(answer.status === 501 && isDocumented))
    faults.push(`status ${answer.status}`);
  // A successful answer may contain such words as stored text.
  if (answer.status >= 400 && leaks.test(text))
    faults.push(`the answer shows internal details: ${leaks.exec(text)?.[0]}`);
  const isHead = request.method === "HEAD";
  if (isBeforeRoutes(answer)) return [...faults, ...problemOf(answer, isHead ? undefined : text)];
  if (isHead) return faults;
  if (bodiless.has(answer.status)) return text === "" ? faults : [...faults, `${answer.status} with a body`];
  faults.push(...formFaults(request, answer, text, operations));
  return faults;
}

/** Whether the HTTP server answered before the app, which gives each of its answers a request id. */
const isBeforeRoutes = ({ status, headers }: RawAnswer): boolean =>
  beforeRoutes.has(status) && headers.get("connection") === "close" && !headers.has("x-request-id");

/** The faults of an answer that must be a problem document. @param text undefined for an answer to HEAD */
function problemOf({ status, headers }: RawAnswer, text: string | undefined): string[] {
  const type = headers.get("content-type");
  if (type !== "application/problem+json") return [`status ${status} as ${type}`];
  if (text === undefined) return [];
  try {
    return problemFaults(JSON.parse(text) as JsonObject, status);
  } catch {
    return [`status ${status} with a body that is not JSON: ${JSON.stringify(text.slice(0, 200))}`];
  }
}

function formFaults(
  request: FuzzRequest,
  answer: RawAnswer,
  text: string,
  operations: readonly Operation[],
): string[] {
  const type = (answer.headers.get("content-type") ?? "").split(";", 1)[0];
  const isRpc = request.surface === "trpc" || /^\/trpc(?:\/|$)/.test(request.target);
  const streams = request.headers.some(
    ([name, value]) => name === "trpc-accept" && value === "application/jsonl",
  );
  if (isRpc && streams && answer.status === 200) return streamFaults(text);
  if (answer.status < 400 && request.surface === "other" && !isRpc) return [];
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    return [`status ${answer.status} with a body that is not JSON: ${JSON.stringify(text.slice(0, 200))}`];
  }
  if (isRpc && type === "application/json") return rpcFaults(json, answer.status);
  if (answer.status < 400) {
    const isScim = type === "application/scim+json" && request.target.startsWith("/scim/v2");
    return isScim || type === "application/json" ? [] : [`status ${answer.status} as ${type}`];
  }
  if (!isJsonObject(json)) return ["the refusal is no object"];
  // With another method a request may reach another operation.
  const operation = operations.find(
    ({ method, path }) => method === request.method && path === request.operation?.path,
  );
  const documented = operation?.answers.get(answer.status);
  const faults: string[] = [];
  // Paths and methods that the document lacks are refused before an operation is known.
  if (operation && !documented && ![404, 405].includes(answer.status)) {
    faults.push(`status ${answer.status} is not documented`);
  }
  if (documented && !documented.includes(type ?? "") && answer.status !== 404) {
    faults.push(`status ${answer.status} as ${type}, documented as ${documented.join(" or ")}`);
  }
  if (type === "application/problem+json") faults.push(...problemFaults(json, answer.status));
  else faults.push(...(isRpc ? [`a refusal of tRPC as ${type}`] : ownFaults(json, answer.status)));
  return faults;
}

/** RFC 9457, with Roster's members. */
function problemFaults(json: JsonObject, status: number): string[] {
  const faults: string[] = [];
  if (json["status"] !== status) faults.push(`the problem says status ${JSON.stringify(json["status"])}`);
  for (const name of ["title", "detail"]) if (!isText(json[name])) faults.push(`the problem has no ${name}`);
  if (!(errorCodes as readonly unknown[]).includes(json["code"])) {
    faults.push(`the problem has the code ${JSON.stringify(json["code"])}`);
  }
  faults.push(...listFaults(json["errors"], ["pointer", "parameter", "header"], "detail"));
  for (const item of (json["items"] ?? []) as JsonValue[]) {
    if (!isJsonObject(item) || !Number.isInteger(item["index"]))
      faults.push("an item of the problem has no index");
  }
  return faults;
}

const noSuccess: readonly unknown[] = [0, false, "0", "false"];

/** Error bodies of the documented APIs: their forms differ, and none may contradict itself. */
function ownFaults(json: JsonObject, status: number): string[] {
  const faults: string[] = [];
  if (!hasText(json)) faults.push("the refusal has no words");
  if ("success" in json && !noSuccess.includes(json["success"])) faults.push("the refusal says success");
  for (const name of ["code", "status"]) {
    const said = json[name];
    if (typeof said === "number" && said !== status) faults.push(`the refusal says ${name} ${said}`);
  }
  return faults;
}

/** Whether a value contains any text, at any depth. */
const hasText = (value: JsonValue): boolean =>
  typeof value === "object" && value !== null ? Object.values(value).some(hasText) : isText(value);

function rpcFaults(json: JsonValue, status: number): string[] {
  if (Array.isArray(json)) {
    if (json.length === 0) return ["an empty batch"];
    return json.flatMap((one) => rpcFaults(one, isJsonObject(one) && "error" in one ? 0 : 200));
  }
  if (!isJsonObject(json)) return ["an answer that is no object"];
  if (!("error" in json)) return "result" in json && status < 400 ? [] : ["neither a result nor an error"];
  const faults: string[] = [];
  const error = json["error"];
  const data = isJsonObject(error) ? error["data"] : undefined;
  if (!isJsonObject(error) || !isJsonObject(data)) return ["an error without data"];
  if (!isText(error["message"])) faults.push("an error without a message");
  if (!Number.isInteger(error["code"])) faults.push("an error without a number");
  if (!isText(data["code"])) faults.push("an error without a code");
  const own = data["httpStatus"];
  if (typeof own !== "number" || own < 400) faults.push(`an error of status ${JSON.stringify(own)}`);
  else if (own >= 500) faults.push(`status ${own}`);
  else if (status >= 400 && own !== status) faults.push(`an error of status ${own} as ${status}`);
  if ("stack" in data) faults.push("an error with a stack trace");
  const body = data["error"];
  if (!isJsonObject(body)) return [...faults, "an error without Roster's own body"];
  if (!(errorCodes as readonly unknown[]).includes(body["code"]))
    faults.push(`the error code ${JSON.stringify(body["code"])}`);
  if (!isText(body["message"])) faults.push("Roster's error without a message");
  return [...faults, ...listFaults(body["faults"], ["pointer"], "message")];
}

/** The faults of a batch that tRPC streams as lines of JSON. */
function streamFaults(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return ["an empty stream"];
  return lines.flatMap((line) => {
    try {
      JSON.parse(line);
    } catch {
      return [`a line of a stream that is not JSON: ${JSON.stringify(line.slice(0, 200))}`];
    }
    return /"httpStatus":5\d\d/.test(line) ? ["status 5xx in a stream"] : [];
  });
}

function listFaults(list: JsonValue | undefined, places: readonly string[], words: string): string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length === 0) return ["a list of faults that is none, or empty"];
  return list.flatMap((fault) => {
    if (!isJsonObject(fault)) return ["a fault that is no object"];
    const where = places.filter((place) => place in fault);
    const faults: string[] = [];
    if (where.length !== 1) faults.push(`a fault at ${where.length} places`);
    const pointer = fault["pointer"];
    if (
      pointer !== undefined &&
      (typeof pointer !== "string" || !/^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer))
    ) {
      faults.push(`a fault at ${JSON.stringify(pointer)}, which is no JSON Pointer`);
    }
    if (!(faultCodes as readonly unknown[]).includes(fault["code"]))
      faults.push(`the fault code ${JSON.stringify(fault["code"])}`);
    if (!isText(fault[words])) faults.push("a fault without words");
    return faults;
  });
}

const isText = (value: JsonValue | undefined): boolean => typeof value === "string" && value !== "";
