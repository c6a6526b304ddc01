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
import { answering, procedure, router } from "./trpc.ts";

type Named = { where: WebhookWhere };
const where = whereInput<Named, object>(webhookFields, nothing);

/** How long an old secret stays valid, in seconds: by default a day, at most a week. */
const overlapOption = z.strictObject({ overlap: z.int().min(0).max(604_800).default(86_400) });
const seq = z.int().min(1);
const replayOption = z.strictObject({ after: z.int().min(0).optional(), seq: seq.optional() });

function replayOf({ after, seq: one }: z.infer<typeof replayOption>): WebhookReplay {
  if (after !== undefined && one === undefined) return { after };
  if (one !== undefined && after === undefined) return { seq: one };
  const message = "give either one change (seq) or the change to start after (after)";
  throw refusal([{ pointer: "/seq", code: "ambiguous", message }]);
}

const webhooks = recordProcedures({
  type: "webhook",
  fields: webhookFields,
  wire: webhookWire,
  updateWire: webhookUpdateWire,
  records: ({ webhook }) => webhook,
});

export const webhookRouter = router({
  /** Creates a webhook. Its signing secret, `secret`, is shown only here. */
  create: procedure
    .input(createInput<WebhookCreate>(webhookFields))
    .mutation(
      answering(webhookWithSecretWire, ({ ctx, input }) => ctx.roster.webhook.create(ctx.actor, input)),
    ),

  get: procedure
    .input(where)
    .query(answering(webhookWire, ({ ctx, input }) => ctx.roster.webhook.get(ctx.actor, input.where))),
  list: webhooks.list(),
  update: webhooks.update<WebhookUpdate>(),
  delete: webhooks.delete<WebhookWhere>(),

  /**
   * Gives the webhook a new signing secret, shown only here. For `overlap` seconds, events are signed with
   * the old one too.
   */
  rotateSecret: procedure
    .input(
      whereMutation<Named & { overlap?: number | undefined }, { overlap: number }>(
        webhookFields,
        overlapOption,
      ),
    )
    .mutation(
      answering(webhookWithSecretWire, ({ ctx, input }) =>
        ctx.roster.webhook.rotateSecret(ctx.actor, input.where, input.overlap),
      ),
    ),

  /** The delivery attempts, newest first. */
  deliveries: procedure
    .input(
      whereInput<
        Named & PageInput & { seq?: number | undefined },
        { limit: number; cursor?: string | undefined; seq?: number | undefined }
      >(webhookFields, pageOption.extend({ seq: seq.optional() })),
    )
    .query(
      answering(pageWire(deliveryWire), ({ ctx, input: { where: named, ...page } }) =>
        ctx.roster.webhook.deliveries(ctx.actor, named, page),
      ),
    ),

  /** The webhook's delivery progress. */
  status: procedure
    .input(where)
    .query(
      answering(webhookStatusWire, ({ ctx, input }) => ctx.roster.webhook.status(ctx.actor, input.where)),
    ),

  /**
   * Sends events again: that of one change (`seq`), or those of all changes after one (`after`; 0 for all).
   */
  replay: procedure
    .input(whereMutation<Named & WebhookReplay, z.infer<typeof replayOption>>(webhookFields, replayOption))
    .mutation(
      answering(webhookWire, ({ ctx, input: { where: named, ...request } }) =>
        ctx.roster.webhook.replay(ctx.actor, named, replayOf(request)),
      ),
    ),
});
