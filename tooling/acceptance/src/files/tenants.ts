import { createClient, type RosterClient } from "@roster/client";
import {
  exportRecords,
  importRecords,
  type ExportOptions,
  type FileType,
  type ImportOptions,
} from "@roster/client/import";
import type { Server } from "../server.ts";

/** The client of a new, empty tenant. */
export async function newTenant(server: Server, name = "files"): Promise<RosterClient> {
  const admin = createClient({ url: server.url, token: server.token });
  const { token } = await admin.tenant.create.mutate({ name });
  return createClient({ url: server.url, token });
}

/** Exports to a text. */
export async function exported(
  client: RosterClient,
  options: Partial<ExportOptions> & { type: FileType },
): Promise<{ seq: number; text: string }> {
  const { seq, text } = await exportRecords(client, options);
  let whole = "";
  for await (const piece of text) whole += piece;
  return { seq, text: whole };
}

/** Imports a text, and collects the refused rows. */
export async function imported(client: RosterClient, text: string, options: Partial<ImportOptions> = {}) {
  let refused = "";
  const result = await importRecords(client, text, {
    type: "customer",
    key: "providedId",
    ...options,
    refused: (piece) => (refused += piece),
  });
  const { created, updated, unchanged, refused: count } = result;
  return { ...result, counts: [created, updated, unchanged, count], file: refused };
}
