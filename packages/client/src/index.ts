export { createClient, type RosterClient } from "./client.ts";
export {
  faults,
  isAborted,
  isConflict,
  isDenied,
  isInvalid,
  isKeyMismatch,
  isNetworkFailure,
  isNotFound,
  isStale,
  isUnavailable,
  isUncertain,
  isVersionRequired,
  itemErrors,
  networkFailure,
  rosterError,
  versionConflict,
} from "./errors.ts";
export { localCopy, type LocalCopy, type LocalCopyOptions } from "./feed/local-copy.ts";
export type { ListChanges, Watch, WatchChanges, WatchOptions } from "./feed/watch.ts";
export { isReplay } from "./idempotency.ts";
export { pageSession, rosterLinks, type ClientOptions, type Given } from "./links.ts";
export { createLocalClient, type LocalApi, type LocalClientOptions } from "./local.ts";
export { NetworkFailure } from "./network-failure.ts";
export type { Fetch } from "./network.ts";
export type { AppRouter } from "./router.ts";
export { decodeLink } from "./wires.ts";
