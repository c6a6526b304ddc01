import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApi, type Api } from "@roster/api";
import {
  createClient,
  faults,
  isConflict,
  isNotFound,
  isStale,
  rosterError,
  versionConflict,
  type RosterClient,
} from "@roster/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asShown, curl, examplesOf, run } from "./documents.ts";

/** Runs the examples of a document from top to bottom on a new database, as a reader would paste them. */
describe.each([
  { name: "docs/wire-formats.md", atLeast: 15, exact: true },
  // Shows the members of the record that an example refers to.
  { name: "docs/updates.md", atLeast: 18, exact: false },
  { name: "docs/change-sets.md", atLeast: 6, exact: false },
])("$name", ({ name, atLeast, exact }) => {
  const variables = { ROSTER: "http://roster.example", TOKEN: "documents" };
  const examples = examplesOf(new URL(`../../../${name}`, import.meta.url));
  let folder: string;
  let api: Api;
  let client: RosterClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "roster-"));
    api = await createApi({ databaseUrl: `sqlite:${join(folder, "roster.db")}`, token: variables.TOKEN });
    client = createClient({
      url: variables.ROSTER,
      token: variables.TOKEN,
      fetch: (url, init) => api.fetch(new Request(url, init)),
    });
  });
  afterAll(async () => {
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("has examples", () => {
    expect(examples.length).toBeGreaterThanOrEqual(atLeast);
  });

  test.each(examples)("matches the answer at line $line", async ({ language, source, answer }) => {
    if (language === "sh") {
      const response = await api.fetch(curl(source, variables));
      const actual: unknown = await response.json();
      if (answer === undefined) expect(response.status, JSON.stringify(actual)).toBe(200);
      else expect(asShown(actual, answer, exact)).toEqual(answer);
      return;
    }
    const names = {
      client,
      faults,
      isConflict,
      isNotFound,
      isStale,
      versionConflict,
      process,
      console: { log: () => {} },
    };
    const actual: unknown = await run(source, names).catch((error: unknown) => {
      const refusal = rosterError(error);
      if (refusal === undefined || answer === undefined) throw error;
      return refusal;
    });
    if (answer !== undefined) {
      const wire: unknown = JSON.parse(JSON.stringify(actual));
      expect(asShown(wire, answer, exact)).toEqual(answer);
    }
  });
});
