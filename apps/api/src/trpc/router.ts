import { changeRouter } from "./change-procedures.ts";
import { changeSetRouter } from "./change-set-procedures.ts";
import { customerRouter } from "./customer-procedures.ts";
import {
  accessGroupRouter,
  channelRouter,
  countryRouter,
  groupTagRouter,
  hierarchyLevelRouter,
} from "./reference-procedures.ts";
import { actorRouter, demoRouter, statsRouter, viewRouter } from "./people-procedures.ts";
import { meRouter, tenantRouter, tokenRouter } from "./tenant-procedures.ts";
import { userRouter } from "./user-procedures.ts";
import { userGroupRouter } from "./user-group-procedures.ts";
import { webhookRouter } from "./webhook-procedures.ts";
import { router } from "./trpc.ts";

/** Every procedure, by the name under which clients call it. */
export const appRouter = router({
  customer: customerRouter,
  user: userRouter,
  userGroup: userGroupRouter,
  groupTag: groupTagRouter,
  hierarchyLevel: hierarchyLevelRouter,
  channel: channelRouter,
  accessGroup: accessGroupRouter,
  country: countryRouter,
  tenant: tenantRouter,
  token: tokenRouter,
  webhook: webhookRouter,
  changeSet: changeSetRouter,
  change: changeRouter,
  view: viewRouter,
  stats: statsRouter,
  actor: actorRouter,
  demo: demoRouter,
  me: meRouter,
});

export type AppRouter = typeof appRouter;
