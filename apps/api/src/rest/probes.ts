import type { Hono } from "hono";
import { noteRefusal } from "../observe/current-request.ts";
import { problemResponse } from "./problem.ts";

/** What a server needs to be able to do. Each throws when it cannot. */
export interface Readiness {
  read(): Promise<void>;
  write(): Promise<void>;
}

/** Tells the log when the database is away. */
export interface Health {
  failed(work: string, error: unknown, refused: number): void;
  works(work: string): void;
}

interface Parts {
  readiness: Readiness;
  health: Health;
  /** Whether the server is about to stop. */
  draining(): boolean;
}

/** How long a database may take to show that it works, in milliseconds. */
const patience = 2_000;

/** `/healthz`: the process answers. `/readyz`: it also can do what it is there for. */
export function mountProbes(app: Hono, { readiness, health, draining }: Parts): void {
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const refuse = (message: string) => {
      noteRefusal("UNAVAILABLE");
      return problemResponse({ code: "UNAVAILABLE", message });
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
    return failures[0] === undefined ? c.json({ status: "ready" }) : refuse(failures[0]);
  });
}

/** @throws what the work throws, or that it takes too long: it is then left alone */
async function inTime(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patience} ms`)), patience);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
