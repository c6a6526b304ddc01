import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { startRoster } from "@roster/server/testing";

const missing = spawnSync("go", ["version"]).status !== 0 && "there is no go here";

test("the client is generated, and the program runs against a Roster", { skip: missing }, async () => {
  const roster = await startRoster();
  try {
    const url = await roster.listen();
    const go = async (...args) => {
      const { stdout } = await promisify(execFile)("go", args, {
        cwd: import.meta.dirname,
        env: { ...process.env, ROSTER_TOKEN: roster.token },
      });
      return stdout;
    };
    await go("run", "./generate", url);
    await go("vet", "./...");
    assert.equal(
      await go("run", ".", url),
      `2 Acme true map[plan:pro]
422 INVALID [/email /gender]
1 Acme
2 update plan change
1 create
`,
    );
  } finally {
    await roster.close();
  }
});
