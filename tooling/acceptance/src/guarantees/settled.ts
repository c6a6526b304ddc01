import { audit, contentOf, type Audit } from "./audit.ts";
import type { Ledger } from "./ledger.ts";
import type { Client } from "./load.ts";

/**
 * Compares a database with the answers that clients got, after all of them have stopped.
 * @returns the contents of the database, and the problems found
 */
export async function settled(
  database: string,
  ledger: Ledger,
  workers: readonly Client[],
): Promise<{ found: Audit; problems: string[] }> {
  const found = await audit(database);
  return {
    found,
    problems: [
      ...found.problems,
      ...ledger.problems(found, true),
      ...ownProblems(found.records.customer, workers),
      ...(await erasureProblems(database, workers)),
    ],
  };
}

/** Differences between the values that clients set and the stored ones at the end. */
function ownProblems(customers: Audit["records"]["customer"], workers: readonly Client[]): string[] {
  const problems: string[] = [];
  for (const id of workers[0]?.own.keys() ?? []) {
    const record = customers.get(id);
    const own = workers.map((worker) => worker.own.get(id)).filter((its) => its !== undefined);
    const expected = {
      properties: own.flatMap(({ keys }) => [...keys].map(([key, value]) => `${key} ${value}`)),
      emails: own.flatMap(({ emails }) => [...emails]),
      groupTags: own.flatMap(({ tags }) => [...tags]),
    };
    const actual = {
      properties: Object.entries((record?.["properties"] as object | null) ?? {}).map(
        ([key, value]) => `${key} ${value}`,
      ),
      emails: record?.["emails"] as string[],
      groupTags: record?.["groupTags"] as string[],
    };
    for (const field of ["properties", "emails", "groupTags"] as const) {
      if (expected[field].toSorted().join() !== actual[field].toSorted().join())
        problems.push(`customer ${id} lacks the ${field} that clients gave it`);
    }
  }
  return problems;
}

/** Erased values that the database still contains. */
async function erasureProblems(database: string, workers: readonly Client[]): Promise<string[]> {
  const bytes = await contentOf(database);
  return workers
    .flatMap(({ erasedTexts }) => erasedTexts)
    .filter((text) => bytes.includes(text))
    .map((text) => `${JSON.stringify(text)} was erased, and stands in the database`);
}
