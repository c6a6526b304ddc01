import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { openTestStore, type TestStore } from "../../testing/test-store.ts";

// Loads the modules under test again with the mock, and again without it for the next file.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, statfsSync: vi.fn(real.statfsSync) };
});

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
  // Waits until the writes on opening no longer count as a recent commit.
  await pause(1_050);
});
afterEach(async () => {
  vi.mocked(fs.statfsSync).mockReset();
  await store.close();
});

/** Makes the disk report this many free blocks of 4,096 bytes. */
const free = (bavail: number, blocks = 1_000_000) =>
  vi.mocked(fs.statfsSync).mockReturnValue({
    type: 0,
    bsize: 4096,

    blocks,
    bfree: bavail,
    bavail,
    files: 0,
    ffree: 0,
  });

it("the check fails if the disk has no room for the largest request, although small changes may fit", async () => {
  free(255);
  const [check, refused] = await Promise.allSettled([store.commits.check(), store.create({ email: "bad" })]);
  expect(check).toMatchObject({ status: "rejected", reason: { code: "UNAVAILABLE" } });
  expect(refused).toMatchObject({ status: "rejected", reason: { code: "INVALID" } });
  expect(await store.create({ name: "small" })).toMatchObject({ name: "small" });
});

it("the check succeeds if the disk has room, or does not report its size", async () => {
  free(256);
  await store.commits.check();
  await pause(1_050);
  free(0, 0);
  await store.commits.check();
});
