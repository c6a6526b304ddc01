export { createClient, type RosterClient } from "./client.ts";
export {
  faults,
  isConflict,
  isDenied,
  isInvalid,
  isNetworkFailure,
  isNotFound,
  isStale,
  isUnavailable,
  rosterError,
  type Refused,
} from "./errors.ts";
export { rosterLinks, type ClientOptions, type Given } from "./links.ts";
export { createLocalClient, type LocalApi, type LocalClientOptions } from "./local.ts";
export { NetworkFailure, type Fetch } from "./network.ts";
export type { AppRouter } from "./router.ts";
