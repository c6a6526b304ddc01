import {
  accessGroupWire,
  changedWhereWire,
  changePageWire,
  changeSetPageWire,
  changeSetWire,
  feedEventWire,
  partWire,
  channelWire,
  customerUpdateWire,
  customerUpsertWire,
  customerWire,
  deliveryWire,
  groupTagWire,
  hierarchyLevelWire,
  historyWire,
  listPageWire,
  mergeWire,
  pageWire,
  plain,
  propertiesSchemaWire,
  tenantUpdateWire,
  tenantWire,
  tenantWithSecretWire,
  tokenWire,
  tokenWithSecretWire,
  undoWire,
  unmergeWire,
  userGroupUpdateWire,
  userGroupWire,
  userUpdateWire,
  userUpsertWire,
  userWire,
  webhookStatusWire,
  webhookUpdateWire,
  webhookWire,
  webhookWithSecretWire,
  duplicatesWire,
  overviewWire,
  type JsonValue,
} from "@roster/domain";
import { TRPCClientError, type TRPCLink } from "@trpc/client";
import type { inferRouterOutputs } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { brief } from "./brief-error.ts";
import type { AppRouter } from "./router.ts";

/** The plain JSON form of a type. */
type Encoded<T> = T extends Date
  ? string
  : T extends JsonValue
    ? T
    : T extends readonly (infer Item)[]
      ? Encoded<Item>[]
      : { [Key in keyof T]: Encoded<T[Key]> };

type Outputs = inferRouterOutputs<AppRouter>;

/** The unit of an answer: for a subscription, one event with its id. */
type Answer<Output> = Output extends AsyncIterable<infer Event> ? Event : Output;

// `decode` is a property rather than a method, so that its parameter is compared strictly: a wire for another
// type is an error, even if it decodes to more than required.
export type Wires = {
  [Noun in keyof Outputs]: {
    [Verb in keyof Outputs[Noun]]: {
      decode: (value: Encoded<Answer<Outputs[Noun][Verb]>>) => Answer<Outputs[Noun][Verb]>;
    };
  };
};

/** The wire of each procedure's output. */
export const wires = {
  customer: {
    create: customerWire,
    get: customerWire,
    list: listPageWire(customerWire),
    count: plain(),
    indexes: plain(),
    update: customerUpdateWire,
    upsert: customerUpsertWire,
    createMany: plain(),
    updateMany: plain(),
    upsertMany: plain(),
    updateWhere: changedWhereWire,
    deleteWhere: changedWhereWire,
    history: historyWire<"customer">(),
    at: customerWire,
    diff: plain(),
    revert: customerUpdateWire,
    delete: customerWire,
    restore: customerWire,
    erase: customerWire,
    merge: mergeWire,
    duplicates: duplicatesWire,
    notDuplicates: plain(),
    unmerge: unmergeWire,
    export: plain(),
  },
  user: {
    create: userWire,
    get: userWire,
    list: listPageWire(userWire),
    count: plain(),
    indexes: plain(),
    update: userUpdateWire,
    upsert: userUpsertWire,
    createMany: plain(),
    updateMany: plain(),
    upsertMany: plain(),
    updateWhere: changedWhereWire,
    deleteWhere: changedWhereWire,
    history: historyWire<"user">(),
    at: userWire,
    diff: plain(),
    revert: userUpdateWire,
    delete: userWire,
    restore: userWire,
    erase: userWire,
    export: plain(),
  },
  userGroup: {
    create: userGroupWire,
    get: userGroupWire,
    list: listPageWire(userGroupWire),
    count: plain(),
    members: pageWire(plain()),
    update: userGroupUpdateWire,
    updateMany: plain(),
    history: historyWire<"userGroup">(),
    at: userGroupWire,
    diff: plain(),
    revert: userGroupUpdateWire,
    delete: userGroupWire,
    restore: userGroupWire,
    erase: userGroupWire,
    export: plain(),
  },
  groupTag: { create: groupTagWire, list: pageWire(groupTagWire) },
  hierarchyLevel: { replaceAll: pageWire(hierarchyLevelWire), list: pageWire(hierarchyLevelWire) },
  channel: { create: channelWire, list: pageWire(channelWire) },
  accessGroup: { create: accessGroupWire, list: pageWire(accessGroupWire) },
  country: { list: plain() },
  tenant: {
    get: tenantWire,
    update: tenantUpdateWire,
    setPropertiesSchema: propertiesSchemaWire,
    create: tenantWithSecretWire,
    list: pageWire(tenantWire),
  },
  token: { create: tokenWithSecretWire, list: pageWire(tokenWire), revoke: tokenWire },
  webhook: {
    create: webhookWithSecretWire,
    get: webhookWire,
    list: pageWire(webhookWire),
    update: webhookUpdateWire,
    delete: webhookWire,
    rotateSecret: webhookWithSecretWire,
    deliveries: pageWire(deliveryWire),
    status: webhookStatusWire,
    replay: webhookWire,
  },
  changeSet: {
    open: changeSetWire,
    close: changeSetWire,
    get: changeSetWire,
    list: changeSetPageWire,
    undo: undoWire,
  },
  change: { list: changePageWire, watch: partWire("data", feedEventWire) },
  view: { list: plain(), create: plain(), update: plain(), delete: plain() },
  stats: { overview: overviewWire },
  actor: { list: plain() },
  demo: { load: changeSetWire },
  me: { get: plain() },
} satisfies Wires;

type AnyWire = { decode(value: unknown): unknown };
const byPath = new Map(
  Object.entries<Record<string, AnyWire>>(
    wires as unknown as Record<string, Record<string, AnyWire>>,
  ).flatMap(([noun, verbs]) => Object.entries(verbs).map(([verb, wire]) => [`${noun}.${verb}`, wire])),
);

/**
 * Decodes the outputs of procedures to their declared types. `rosterLinks` includes it; other clients can put
 * it before their own links. Decoding twice is harmless.
 */
export const decodeLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) => {
    const wire = byPath.get(op.path);
    // A procedure unknown to this client can only be called without types; its answer stays as it came.
    if (!wire) return next(op);
    return observable((observer) =>
      next(op).subscribe({
        next(envelope) {
          const { result } = envelope;
          if (result.type !== undefined && result.type !== "data") return observer.next(envelope);
          let data: unknown;
          try {
            data = wire.decode(result.data);
          } catch (cause) {
            // Reported rather than thrown: the links below would treat a throw as their own failure and
            // retry.
            const message = `this client cannot read the answer to ${op.path}; is it older than the server?`;
            return observer.error(TRPCClientError.from(new Error(message, { cause })));
          }
          observer.next({ ...envelope, result: { ...result, data } });
        },
        error: (error) => observer.error(brief(error)),
        complete: () => observer.complete(),
      }),
    );
  };
