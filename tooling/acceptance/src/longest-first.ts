import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Short files with long tests. Vitest takes the size of a file for its duration until it has run once. */
const long =
  /\/(bench|copy|crash|fuzz|local-copy|long-log|new-migration|nodes|readiness|start\.\w+|start-stop|storm|test-command\.\w+)\.test\.ts$/;

/** Starts the longest files first also in a new checkout, so that no worker is left alone with one at the end. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of the sequencer, not of an array
    const sorted = await super.sort(files);
    const known = sorted.some((file) => this.ctx.cache.getTestSpecificationResult(file) !== undefined);
    if (known) return sorted;
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
