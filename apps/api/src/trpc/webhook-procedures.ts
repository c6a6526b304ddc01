import {
  deliveryWire,
  pageWire,
  refusal,
  webhookFields,
  webhookStatusWire,
  webhookUpdateWire,
  webhookWire,
  webhookWithSecretWire,
  type PageInput,
  type WebhookCreate,
  type WebhookReplay,
  type WebhookUpdate,
  type WebhookWhere,
} from "@roster/domain";
import { z } from "zod";
import { createInput, nothing, pageOption, whereInput, whereMutation } from "./inputs.ts";
import { recordProcedures } from "./record-procedures.ts";
import { mutation, query, router } from "./trpc.ts";

type Named = { where: WebhookWhere };
const where = whereInput<Named, object>(webhookFields, nothing);

/** How long an old secret stays valid, in seconds: by default a day, at most a week. */
const overlapOption = z.strictObject({ overlap: z.int().min(0).max(604_800).default(86_400) });
const seq = z.int().min(1);
const deliveriesOption = pageOption.extend({ seq: seq.optional() });
const replayOption = z.strictObject({ after: z.int().min(0).optional(), seq: seq.optional() });

function replayOf({ after, seq: one }: z.infer<typeof replayOption>): WebhookReplay {
  if (after !== undefined && one === undefined) return { after };
  if (one !== undefined && after === undefined) return { seq: one };
  const message = "give either one change (seq) or the change to start after (after)";
  throw refusal([{ pointer: "/seq", code: "ambiguous", message }]);
}

const webhooks = recordProcedures({
  type: "webhook",
  wire: webhookWire,
  updateWire: webhookUpdateWire,
});

export const webhookRouter = router({
  /** Creates a webhook. Its signing secret, `secret`, is shown only here. */
  create: mutation(
    createInput<WebhookCreate>(webhookFields),
    webhookWithSecretWire,
    (roster, actor, parsed) => roster.webhook.create(actor, parsed),
  ),
  get: query(where, webhookWire, (roster, actor, input) => roster.webhook.get(actor, input.where)),
  list: webhooks.list(),
  update: webhooks.update<WebhookUpdate>(),
  delete: webhooks.delete<WebhookWhere>(),

  /**
   * Gives the webhook a new signing secret, shown only here. For `overlap` seconds, events are signed with
   * the old one too.
   */
  rotateSecret: mutation(
    whereMutation<Named & { overlap?: number | undefined }, { overlap: number }>(
      webhookFields,
      overlapOption,
    ),
    webhookWithSecretWire,
    (roster, actor, input) => roster.webhook.rotateSecret(actor, input.where, input.overlap),
  ),

  /** The delivery attempts, newest first. */
  deliveries: query(
    whereInput<Named & PageInput & { seq?: number | undefined }, z.infer<typeof deliveriesOption>>(
      webhookFields,
      deliveriesOption,
    ),
    pageWire(deliveryWire),
    (roster, actor, { where: named, ...page }) => roster.webhook.deliveries(actor, named, page),
  ),

  /** The webhook's delivery progress. */
  status: query(where, webhookStatusWire, (roster, actor, input) =>
    roster.webhook.status(actor, input.where),
  ),

  /**
   * Sends events again: that of one change (`seq`), or those of all changes after one (`after`; 0 for all).
   */
  replay: mutation(
    whereMutation<Named & WebhookReplay, z.infer<typeof replayOption>>(webhookFields, replayOption),
    webhookWire,
    (roster, actor, { where: named, ...request }) => roster.webhook.replay(actor, named, replayOf(request)),
  ),
});
