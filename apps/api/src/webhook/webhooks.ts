import {
  authorize,
  createWebhook,
  deleted,
  disableWebhook,
  fieldsWhere,
  notFound,
  plainRules,
  refusal,
  rotateSecret,
  RosterError,
  webhookFields,
  webhookRules,
  type Actor,
  type DeliveryJson,
  type Outcome,
  type Page,
  type ParsedCreate,
  type StoredWebhook,
  type WebhookContext,
  type WebhookJson,
  type WebhookReplay,
  type WebhookStatusJson,
  type WithSigningSecret,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { internalActor } from "../auth/authenticator.ts";
import { seal, unsealed } from "../auth/seal.ts";
import { accepted, findIn, run, wantsOf, type Alternatives, type Store } from "../record/command.ts";
import { cursors, positions } from "../record/cursor.ts";
import { endOfLog } from "../record/end-of-log.ts";
import type { DecisionContext, Noun } from "../record/noun.ts";
import { RecordService } from "../record/record-service.ts";
import type { Decision } from "../store/commit/command.ts";
import type { DeliveryState, WebhookKey } from "../store/deliveries.ts";
import type { WebhookSettings } from "./settings.ts";
import { newSigningSecret } from "./signing.ts";

/** Maximum number of webhooks per tenant. */
const maxWebhooks = 20;
/** Maximum number of replay requests waiting for the node that holds the webhook. */
const maxReplays = 100;

const secretFields = fieldsWhere(webhookFields, ({ secret }) => secret);

const show = (stored: StoredWebhook): WebhookJson =>
  Object.fromEntries(
    Object.entries(stored).filter(([name]) => !secretFields.includes(name)),
  ) as unknown as WebhookJson;

/** Only admins: a URL can contain a key, and the data leaves the installation. */
const scopes = { read: "admin", write: "admin" } as const;

const contextOf = (
  context: DecisionContext,
  { targets }: WebhookSettings,
): DecisionContext & WebhookContext => ({ ...context, unreachable: (url) => targets.fault(url) });

/** @param secret the sealed signing secret of a new webhook */
const webhookNoun = (settings: WebhookSettings, secret = ""): Noun<"webhook", WebhookJson> => ({
  type: "webhook",
  rules: {
    ...plainRules("webhook", webhookFields),
    update: (current, parsed, context) => webhookRules.update(current, parsed, contextOf(context, settings)),
  },
  scopes,
  create: (id, parsed, context) => createWebhook({ id, secret }, parsed, contextOf(context, settings)),
  show,
  encode: ({ record }) => JSON.stringify(show(record)),
});

/** The operations on webhooks. */
export class Webhooks extends RecordService<"webhook", WebhookJson> {
  readonly #settings: WebhookSettings;
  /** Called when a replay is requested. */
  onReplay: (() => void) | undefined;

  constructor(store: Store, settings: WebhookSettings) {
    super(webhookNoun(settings), store);
    this.#settings = settings;
  }

  /** Creates a webhook. Its secret appears only in this answer. */
  override async create(actor: Actor, parsed: ParsedCreate): Promise<WebhookJson & WithSigningSecret> {
    const id = uuid();
    return this.#withNewSecret(actor, [], (context, secret) => {
      if (context.view.all("webhook").length >= maxWebhooks) {
        throw new RosterError("CONFLICT", `a tenant has at most ${maxWebhooks} webhooks`);
      }
      const { next, changes } = accepted(webhookNoun(this.#settings, secret).create(id, parsed, context));
      return {
        writes: [{ type: "webhook", before: undefined, record: next, action: "create", changes }],
        reply: next,
        about: [],
      };
    });
  }

  /**
   * Gives a webhook a new secret, which appears only in this answer.
   * @param overlap seconds for which events are also signed with the previous secret
   */
  async rotateSecret(
    actor: Actor,
    where: Alternatives,
    overlap: number,
  ): Promise<WebhookJson & WithSigningSecret> {
    return this.#withNewSecret(actor, where, (context, secret) => {
      const current = live(findIn(context, "webhook", where));
      const until = new Date(Date.parse(context.now) + overlap * 1000).toISOString();
      const outcome = accepted(rotateSecret(current, secret, until, contextOf(context, this.#settings)));
      if (outcome.changes.length === 0)
        throw new RosterError("CONFLICT", "the secret is already being rotated");
      return written(current, outcome);
    });
  }

  /** Disables a webhook that cannot be delivered to. */
  async disable({ tenant, webhook }: WebhookKey, reason: string): Promise<void> {
    const system = internalActor("system", { id: "", number: tenant, name: "" }, "webhook");
    await run(this.store, { type: "webhook", actor: system, wants: [] }, (context) => {
      const current = findIn(context, "webhook", [{ field: "id", value: webhook }]);
      if (!current?.enabled || current.deletedAt !== null) return { writes: [], reply: current, about: [] };
      return written(current, accepted(disableWebhook(current, reason, contextOf(context, this.#settings))));
    });
  }

  /**
   * The delivery log of a webhook, newest first.
   * @param seq only the attempts to deliver this change
   */
  async deliveries(
    actor: Actor,
    where: Alternatives,
    { limit, cursor, seq }: { limit: number; cursor?: string | undefined; seq?: number | undefined },
  ): Promise<Page<DeliveryJson>> {
    const { id } = await this.read(actor, where);
    const { read, page } = cursors([actor.tenant.number, "deliveries", id, seq], positions.id);
    const found = await this.of(actor).deliveries.deliveries(id, {
      seq,
      before: read(cursor),
      limit: limit + 1,
    });
    return page(found, limit, (delivery) => delivery.id);
  }

  /** The delivery progress of a webhook. */
  async status(actor: Actor, where: Alternatives): Promise<WebhookStatusJson> {
    const { id } = await this.read(actor, where);
    const { seq, acceptedAt, pending } = await this.#state(actor, id);
    const earliest = (times: (string | null)[]) =>
      times.filter((time) => time !== null).toSorted()[0] ?? null;
    return {
      seq,
      pending: pending.length,
      oldestPendingAt: earliest(pending.map(({ at }) => at)),
      nextAttemptAt: earliest(pending.map(({ nextAttemptAt }) => nextAttemptAt)),
      acceptedAt,
    };
  }

  /**
   * Sends events again under their original ids: all after a change, or that of one change. Pending changes
   * of the same record follow it in order.
   */
  async replay(actor: Actor, where: Alternatives, request: WebhookReplay): Promise<WebhookJson> {
    const webhook = live(await this.read(actor, where));
    const { replays } = await this.#state(actor, webhook.id);
    if (replays.length >= maxReplays) {
      throw new RosterError("CONFLICT", `${maxReplays} replay requests are waiting already`);
    }
    const { number: tenant } = actor.tenant;
    const replay = { tenant, webhook: webhook.id, id: uuid(), ...(await this.#range(actor, request)) };
    await this.store.commits.submit({
      keep: (transaction) =>
        transaction.note({ owner: "", lease: 0, claim: false, settlements: [], replays: [replay] }),
    });
    this.onReplay?.();
    return show(webhook);
  }

  async #range(
    actor: Actor,
    { after, seq }: WebhookReplay,
  ): Promise<{ afterSeq: number; recordId: string | null }> {
    if (after !== undefined) {
      await endOfLog(this.store.database, actor.tenant.number, after, "/after");
      return { afterSeq: after, recordId: null };
    }
    const query = { after: seq - 1, upTo: seq, limit: 1, enough: 1 };
    const [change] = (await this.of(actor).changes(query)).items;
    if (!change) throw refusal([{ pointer: "/seq", code: "not_found", message: "there is no such change" }]);
    return { afterSeq: seq - 1, recordId: change.recordId };
  }

  async #state(actor: Actor, id: string): Promise<DeliveryState> {
    const state = await this.of(actor).deliveries.state(id);
    if (!state) throw new RosterError("CONFLICT", "the webhook has no delivery state yet");
    return state;
  }

  /** Submits a decision that sets a new secret in a webhook, and returns the webhook with the secret. */
  async #withNewSecret(
    actor: Actor,
    where: Alternatives,
    decide: (context: DecisionContext, secret: string) => Decision<StoredWebhook>,
  ): Promise<WebhookJson & WithSigningSecret> {
    authorize(actor, scopes.write);
    const { secrets } = this.#settings;
    if (!secrets) {
      throw new RosterError("CONFLICT", "this server has no ROSTER_SECRET to seal signing secrets with");
    }
    const secret = newSigningSecret();
    const stored = secrets.seal(secret);
    // The form in which the answer may be kept for an idempotency key.
    const sealed = seal(secret, actor.sealKey);
    const wants = [{ kind: "all", type: "webhook" } as const, ...wantsOf("webhook", webhookFields, where)];
    const reply = await run(this.store, { type: "webhook", actor, wants }, (context) => {
      const { reply: webhook, ...rest } = decide(context, stored);
      return { ...rest, reply: { ...show(webhook), sealed } };
    });
    return unsealed(reply, actor, "secret");
  }
}

/** @throws RosterError NOT_FOUND or DELETED */
function live(webhook: StoredWebhook | undefined): StoredWebhook {
  if (!webhook) throw notFound("webhook");
  if (webhook.deletedAt !== null) throw deleted("webhook", webhook);
  return webhook;
}

const written = (
  before: StoredWebhook,
  { next, changes }: Outcome<StoredWebhook>,
): Decision<StoredWebhook> => ({
  writes: [{ type: "webhook", before, record: next, action: "update", changes }],
  reply: next,
  about: [],
});
