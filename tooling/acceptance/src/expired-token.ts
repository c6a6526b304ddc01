import { setTimeout as pause } from "node:timers/promises";
import type { Rpc } from "./rpc.ts";

/**
 * A token that has expired. It cannot be created as such, so it is given a moment to live; a longer one if a
 * busy machine took longer than that to create it.
 *
 * @throws Error if no token can be created
 */
export async function expiredToken(rpc: Rpc, scopes: readonly string[]): Promise<string> {
  for (let life = 500; life < 60_000; life *= 2) {
    const expiresAt = new Date(Date.now() + life).toISOString();
    const { data } = await rpc("token.create", { scopes, expiresAt });
    if (data === undefined) continue;
    await pause(Date.parse(expiresAt) - Date.now() + 50);
    return data["token"] as string;
  }
  throw new Error("no token was created");
}
