import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Scope } from "@roster/domain";
import { expect, it } from "vitest";
import { procedurePaths, proceduresOf } from "../fuzz/procedures.ts";
import { root } from "../outside/project.ts";
import { procedures as listed } from "../scopes/calls.ts";
import { useServer } from "../use-server.ts";
import { referencePage } from "./page.ts";

// Without the secret, webhooks are refused before their input is read.
const { rpc } = useServer({ ROSTER_SECRET: "a secret of 32 characters or more" });

/** The page as the formatter leaves it. */
function formatted(text: string): string {
  const args = ["--stdin-filepath", "docs/reference.md"];
  const { stdout, stderr, status } = spawnSync(join(root, "node_modules/.bin/oxfmt"), args, {
    cwd: root,
    input: text,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

it("docs/reference.md describes every procedure as it is", async () => {
  const scopes = new Map<string, readonly Scope[] | undefined>();
  for (const { name, scopes: suffice } of listed) scopes.set(name, suffice ?? scopes.get(name));
  const takes = await proceduresOf(rpc, ["where", "expectedVersion", "items"]);
  const page = formatted(referencePage(scopes, takes));
  for (const { path } of procedurePaths) expect(page).toContain(`\`${path}\``);
  await expect(page).toMatchFileSnapshot("../../../../docs/reference.md");
});
