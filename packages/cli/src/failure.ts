import {
  isAborted,
  isNetworkFailure,
  isUnavailable,
  isUncertain,
  networkFailure,
  rosterError,
} from "@roster/client";
import { FileError } from "@roster/client/import";
import type { ErrorBody } from "@roster/domain";
import { exits } from "./exits.ts";
import { UsageError } from "./usage-error.ts";

/** The output and the exit code of a command that fails. */
export interface Failure {
  code: number;
  /** The text for people, on standard error. */
  lines: string[];
  /** The answer for programs, with `--json`. */
  body: { code: string; message: string } | ErrorBody;
}

/** Explains anything that was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError || error instanceof FileError) {
    return {
      code: exits.wrongCall,
      lines: [...error.problems],
      body: { code: "USAGE", message: error.message },
    };
  }
  if (isAborted(error)) {
    const message = "interrupted";
    return { code: exits.interrupted, lines: [message], body: { code: "INTERRUPTED", message } };
  }
  const body = rosterError(error);
  if (body) {
    const passes = isUnavailable(error) || isUncertain(error);
    return { code: passes ? exits.unreachable : exits.refused, lines: refusalLines(body), body };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isNetworkFailure(error)) {
    const sent = networkFailure(error)?.sent ? "; a change may or may not be stored" : "";
    const lines = [`Roster could not be reached: ${message}${sent}`];
    return { code: exits.unreachable, lines, body: { code: "UNREACHABLE", message } };
  }
  return { code: exits.failed, lines: [message], body: { code: "FAILED", message } };
}

/** A refusal with every fault at its place, and what others changed meanwhile. */
function refusalLines({ code, message, faults = [], conflict, items = [] }: ErrorBody): string[] {
  const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
  const lines = [`${code}: ${faults.length > 0 ? count : message}`];
  for (const fault of faults) lines.push(`  ${fault.pointer || "/"}: ${fault.message}`);
  if (conflict) {
    if (faults.length > 0) lines.push(`  ${message}`);
    for (const { path, version, at, actor } of conflict.changedSince) {
      lines.push(`  ${path} was changed in version ${version} at ${at} by ${actor}`);
    }
  }
  for (const { index, error } of items) if (!error.faults) lines.push(`  item ${index}: ${error.message}`);
  return lines;
}
