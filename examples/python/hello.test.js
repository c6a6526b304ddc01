import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { startRoster } from "@roster/server/testing";

const missing = spawnSync("python3", ["--version"]).status !== 0 && "there is no python3 here";

test("the program runs against a Roster", { skip: missing }, async () => {
  const roster = await startRoster();
  try {
    const { stdout } = await promisify(execFile)("python3", ["hello.py", await roster.listen()], {
      cwd: import.meta.dirname,
      env: { ...process.env, ROSTER_TOKEN: roster.token },
    });
    assert.equal(
      stdout,
      `2 {'plan': 'pro'}
422 ['/email', '/nmae']
1 Acme
2 update plan change
1 create None
`,
    );
  } finally {
    await roster.close();
  }
});
