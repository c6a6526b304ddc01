import type { ChangeEntryJson, StoredWebhook } from "@roster/domain";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import type { TenantReader } from "../store/database.ts";
import { Dispatcher } from "./dispatcher.ts";
import { webhookSettings } from "./settings.ts";
import { SigningSecrets } from "./signing.ts";

const secrets = new SigningSecrets("a secret");
// The target is refused, so an attempt ends at once.
const webhook = {
  id: "w",
  url: "https://127.0.0.1",
  events: ["*"],
  payload: "thin",
  enabled: true,
  deletedAt: null,
  secret: secrets.seal("whsec_AAAA"),
  previousSecret: null,
} as unknown as StoredWebhook;
const change = { seq: 3, recordId: "a", recordType: "customer", action: "update", at: "", changes: [] };

/** A log with one change, which becomes visible a number of turns after the first search for it. */
function reader(turns: number): TenantReader {
  const { promise: looked, resolve } = Promise.withResolvers<void>();
  return {
    find: async () => webhook,
    async changes() {
      await looked;
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      return { items: [change as unknown as ChangeEntryJson], seq: 3 };
    },
    deliveries: {
      async changesOf(_record: string, after: number, upTo: number) {
        resolve();
        return { items: after < 3 && upTo >= 3 ? [change] : [], seq: upTo };
      },
    },
  } as unknown as TenantReader;
}

it.each(Array.from({ length: 12 }, (_, turns) => turns))(
  "a change that becomes visible %i turns after an empty search is still delivered",
  async (turns) => {
    const row = { recordId: "a", seq: 2, lastSeq: null, attempts: 0, at: "", firstAttemptAt: null };
    const state = { seq: 2, acceptedAt: null, pending: [{ ...row, nextAttemptAt: null }], replays: [] };
    const attempts: string[] = [];
    const dispatcher = new Dispatcher({ tenant: 1, webhook: "w", epoch: 1 }, state, {
      reader: reader(turns),
      settings: webhookSettings(),
      secrets,
      now: () => "2020-01-01T00:00:00.000Z",
      changed: () => undefined,
      disable: async () => undefined,
      attempted: (outcome) => void attempts.push(outcome),
      failed: (error) => expect(error).toBeUndefined(),
    });
    dispatcher.advance(3);
    dispatcher.held(Infinity);
    await pause(10);
    expect(attempts).toEqual(["retrying"]);
    expect(dispatcher.pending.records).toBe(1);
    dispatcher.lost();
  },
);
