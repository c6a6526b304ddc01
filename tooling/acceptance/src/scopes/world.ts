import { recordTypes, type Field } from "@roster/domain";
import { rpcOf } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { marked } from "./marks.ts";

/** The record that a call refers to. */
export interface Target {
  id: string;
  number: number;
}

/** A server whose records have recognisable values, with new records for calls that change theirs. */
export interface World {
  server: Server;
  metricsToken: string;
  /** Makes a call as the admin; it must succeed. */
  admin(path: string, input?: unknown): Promise<Record<string, unknown>>;
  /** A user at version 2, with a customer. */
  user(): Promise<Target>;
  /** A customer at version 2 with a parent, a user who is assigned to it, and a user who belongs to it. */
  customer(): Promise<Target>;
  /** A customer at version 2 with no user of its own. */
  loneCustomer(): Promise<Target>;
  /** The tenant's hierarchy levels. */
  levels: string[];
  /**
   * Changes a customer and a user.
   * @returns a text in the last change that a reader sees, whichever of the two it may read
   */
  lastChanges(): Promise<string>;
  /** A customer that was merged into another, and whose user moved with it. */
  merged(): Promise<Target & { into: string }>;
  /** A user group at version 2 with a member. */
  group(): Promise<Target>;
  webhook(): Promise<Target>;
  token(): Promise<Target>;
  /** The ids of all users; no field of a customer contains them. */
  userIds: Set<string>;
}

/** A record's current values as an update of an earlier one. Objects are replaced, so that nothing old remains. */
function updateToNow(type: "customer" | "user" | "userGroup"): object {
  const fields: Record<string, Field> = recordTypes[type];
  const all = Object.entries(marked(type, "now"));
  const isJson = ([name]: [string, unknown]) => fields[name]?.kind === "json";
  return {
    patch: Object.fromEntries(all.filter((entry) => !isJson(entry))),
    replace: Object.fromEntries(all.filter(isJson)),
  };
}

export async function openWorld(): Promise<World> {
  const metricsToken = "metrics-token-of-the-scopes-test";
  const server = await startServer({
    METRICS_TOKEN: metricsToken,
    ROSTER_SECRET: "a secret of more than thirty-two characters",
    WEBHOOK_ALLOW: "127.0.0.1",
  });
  const rpc = rpcOf(server.url, server.token);
  const admin: World["admin"] = async (path, input) => {
    const { data, error } = await rpc(path, input);
    if (error) throw new Error(`${path}: ${error.message} ${JSON.stringify(input)}`);
    return data;
  };
  const userIds = new Set<string>();
  /** Creates a record that had other values before. */
  const renewed = async (type: "customer" | "user", more: object = {}): Promise<Target> => {
    const { id, number } = await admin(`${type}.create`, { ...marked(type, "old"), ...more });
    if (type === "user") userIds.add(id as string);
    await admin(`${type}.update`, { where: { id }, ...updateToNow(type) });
    return { id, number } as Target;
  };

  await admin("tenant.update", { patch: { name: "zz-tenant-name-now" } });
  const levels = ["zz-customer-level-now-1", "zz-customer-level-now-2"] as const;
  await admin("hierarchyLevel.replaceAll", { levels });
  for (const type of ["groupTag", "channel", "accessGroup"]) {
    await admin(`${type}.create`, { name: `zz-customer-${type}-now` });
  }
  const top = await renewed("customer", { hierarchyLevel: levels[0] });
  const assigned = await renewed("user");
  const below = {
    hierarchyLevel: levels[1],
    parent: top.id,
    groupTags: ["zz-customer-groupTag-now"],
    accessGroup: "zz-customer-accessGroup-now",
    userId: assigned.number,
  };
  const customer = async () => {
    const made = await renewed("customer", below);
    await renewed("user", { customer: made.id });
    return made;
  };
  let changes = 0;
  const survivor = await renewed("customer");
  return {
    server,
    metricsToken,
    admin,
    userIds,
    levels: [...levels],
    customer,
    loneCustomer: () => renewed("customer"),
    async lastChanges() {
      const last = `the last change ${++changes}`;
      await admin("customer.create", { job: last });
      await admin("user.create", { bio: last });
      return last;
    },
    user: () => renewed("user", { customer: top.id }),
    async merged() {
      const from = await customer();
      await admin("customer.merge", { where: { id: from.id }, into: { id: survivor.id } });
      return { ...from, into: survivor.id };
    },
    async group() {
      const group = await admin("userGroup.create", marked("userGroup", "old"));
      const where = { id: group["id"] };
      await admin("userGroup.update", {
        where,
        ...updateToNow("userGroup"),
        add: { members: [assigned.id] },
      });
      return group as unknown as Target;
    },
    webhook: async () =>
      (await admin("webhook.create", {
        url: "http://127.0.0.1:9/zz-webhook-url-now",
        events: ["customer.*"],
        enabled: false,
      })) as unknown as Target,
    token: async () =>
      (await admin("token.create", {
        ...marked("token", "now"),
        scopes: ["users:read"],
      })) as unknown as Target,
  };
}
