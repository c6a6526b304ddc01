import { noteRefusal } from "../observe/current-request.ts";
import { jsonAnswer } from "./answer.ts";
import { readOnly } from "./methods.ts";
import type { Path } from "./path.ts";
import { problemAnswer } from "./problem.ts";

/** The checks of the readiness probe. Each throws if it fails. */
interface Readiness {
  read(): Promise<void>;
  write(): Promise<void>;
}

/** Logs the start and end of database outages. */
interface Health {
  failed(work: string, error: unknown, refused: number): void;
  works(work: string): void;
}

export interface ProbeParts {
  readiness: Readiness;
  health: Health;
  /** Whether the server is stopping. */
  draining(): boolean;
}

/** Milliseconds within which each check must succeed. */
const patience = 2_000;

/** `/healthz`: the process answers. `/readyz`: it can also serve requests. */
export function probes({ readiness, health, draining }: ProbeParts): Path[] {
  const readyz = async () => {
    const refuse = (message: string) => {
      noteRefusal("UNAVAILABLE");
      return problemAnswer({ code: "UNAVAILABLE", message });
    };
    if (draining()) return refuse("the server is stopping");
    const checks = [
      ["reads", inTime(readiness.read()), "the database cannot be read"],
      ["changes", inTime(readiness.write()), "the database cannot store changes"],
    ] as const;
    const outcomes = await Promise.allSettled(checks.map(([, check]) => check));
    const failures = checks.flatMap(([work, , failure], i) => {
      const outcome = outcomes[i] as PromiseSettledResult<void>;
      if (outcome.status === "fulfilled") {
        health.works(work);
        return [];
      }
      health.failed(work, outcome.reason, 0);
      return [failure];
    });
    return failures[0] === undefined ? jsonAnswer(200, { status: "ready" }) : refuse(failures[0]);
  };
  return [readOnly("/healthz", () => jsonAnswer(200, { status: "ok" })), readOnly("/readyz", readyz)];
}

/** @throws what the work throws, or an error on timeout; the work is not cancelled */
async function inTime(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patience} ms`)), patience);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
