import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { procedurePaths, proceduresOf } from "../fuzz/procedures.ts";
import { root } from "../outside/project.ts";
import { procedures as listed, type Sufficient } from "../scopes/calls.ts";
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
  const scopes = new Map<string, Sufficient[]>();
  for (const { name, scopes: sufficient = [] } of listed) {
    const known = scopes.get(name) ?? [];
    const isNew = (some: Sufficient) => !known.some((one) => String(one) === String(some));
    scopes.set(name, [...known, ...sufficient.filter(isNew)]);
  }
  const takes = await proceduresOf(rpc, ["where", "expectedVersion", "items"]);
  const page = formatted(referencePage(scopes, takes));
  for (const { path } of procedurePaths) expect(page).toContain(`\`${path}\``);
  await expect(page).toMatchFileSnapshot("../../../../docs/reference.md");
});
