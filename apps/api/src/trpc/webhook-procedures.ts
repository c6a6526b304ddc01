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
  const message = "say either a change (seq), or after which one to begin (after)";
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
  /** Makes a webhook. Its signing secret, `secret`, is shown only here. */
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

  /** Gives the webhook a new signing secret, shown only here. Events are signed with the old one too for `overlap` seconds. */
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

  /** The attempts to deliver events, newest first. */
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

  /** How far the webhook has been told of changes. */
  status: procedure
    .input(where)
    .query(
      answering(webhookStatusWire, ({ ctx, input }) => ctx.roster.webhook.status(ctx.actor, input.where)),
    ),

  /** Has events sent again: that of one change (`seq`), or all after one (`after`; 0 for all there are). */
  replay: procedure
    .input(whereMutation<Named & WebhookReplay, z.infer<typeof replayOption>>(webhookFields, replayOption))
    .mutation(
      answering(webhookWire, ({ ctx, input: { where: named, ...request } }) =>
        ctx.roster.webhook.replay(ctx.actor, named, replayOf(request)),
      ),
    ),
});
