import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { openTestStore, type TestStore } from "../../testing/test-store.ts";

// The modules under test are loaded anew with the mock, and once more without it for the next file.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, statfsSync: vi.fn(real.statfsSync) };
});

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
  // Until what was stored on opening is no proof any more.
  await pause(1_050);
});
afterEach(async () => {
  vi.mocked(fs.statfsSync).mockReset();
  await store.close();
});

/** Makes the disk say that so many blocks of 4,096 bytes are free. */
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

it("a disk without the room for a large request counts as one that stores nothing, though small changes may fit", async () => {
  free(255);
  const [check, refused] = await Promise.allSettled([store.commits.check(), store.create({ email: "bad" })]);
  expect(check).toMatchObject({ status: "rejected", reason: { code: "UNAVAILABLE" } });
  expect(refused).toMatchObject({ status: "rejected", reason: { code: "INVALID" } });
  expect(await store.create({ name: "small" })).toMatchObject({ name: "small" });
});

it("a disk with room, and one that does not say how large it is, are fine", async () => {
  free(256);
  await store.commits.check();
  await pause(1_050);
  free(0, 0);
  await store.commits.check();
});
