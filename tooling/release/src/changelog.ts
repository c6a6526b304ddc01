import type { NewChangeset, VersionType } from "@changesets/types";

/** The headings of the changelog by the types of changes in changesets. */
const headings: [type: VersionType, heading: string][] = [
  ["major", "Breaking"],
  ["minor", "Added"],
  ["patch", "Fixed"],
];
const rank = (type: VersionType): number => headings.findIndex(([one]) => one === type);

/** The part of a changeset that the changelog uses. */
export type Told = Pick<NewChangeset, "summary" | "releases">;

/** A section of the changelog: the changes since the previous release, the weightiest first. */
export function section(version: string, date: string, changesets: readonly Told[]): string {
  const typeOf = ({ releases }: Told) =>
    releases.map(({ type }) => type).toSorted((one, two) => rank(one) - rank(two))[0];
  const parts = headings.flatMap(([type, heading]) => {
    const told = changesets.filter((changeset) => typeOf(changeset) === type);
    const lines = told.map(({ summary }) => `- ${summary.trim().replaceAll("\n", "\n  ")}`);
    return lines.length === 0 ? [] : [`### ${heading}\n\n${lines.join("\n")}`];
  });
  return [`## ${version} (${date})`, ...parts].join("\n\n");
}

/** The changelog with a new section above the earlier ones. What stood under "Unreleased" is part of it now. */
export function withSection(changelog: string, added: string): string {
  const [head = "", ...earlier] = changelog.split(/^(?=## )/m);
  const released = earlier.filter((one) => !one.startsWith("## Unreleased"));
  return `${[head.trim(), added, ...released.map((one) => one.trim())].join("\n\n")}\n`;
}
