import type { OpenId } from "../auth/openid.ts";
import type { Sessions } from "../auth/sessions.ts";
import type { Called, Observers } from "../observe/requests.ts";
import { appRouter } from "../trpc/router.ts";
import { canonicalPaths } from "./canonical/mount.ts";
import { consolePaths } from "./console/files.ts";
import { sessionPath } from "./console/session.ts";
import { signInPaths } from "./console/sign-in.ts";
import { docs } from "./docs.ts";
import { metricsPath } from "./metrics.ts";
import type { Path, SurfaceParts } from "./path.ts";
import { probes, type ProbeParts } from "./probes.ts";
import { rpcPath } from "./rpc.ts";
import { scimPaths } from "./scim/mount.ts";
import { serve } from "./serve.ts";
import { wireFormats } from "./wire-formats/formats.ts";
import { formatPaths } from "./wire-formats/mount.ts";

export interface AppParts extends Observers, SurfaceParts, ProbeParts {
  sessions: Sessions;
  /** The provider with which people sign in, if there is one. */
  openId?: OpenId | undefined;
  /** Where the build of the console is, if it is elsewhere. */
  consoleFolder?: string | undefined;
  /** The token for `/metrics`. Without one the path does not exist. */
  metricsToken: string | undefined;
  /** Origins whose pages may call the server from a browser. */
  corsOrigins?: readonly string[] | undefined;
  /** Requests that one token may send to SCIM in a second. */
  scimRate?: number | undefined;
  called: Called;
}

/** Creates the HTTP app. */
export const createApp = (parts: AppParts): ((request: Request) => Promise<Response>) =>
  serve(allPaths(parts), parts, parts.corsOrigins);

/**
 * Everything that is served: tRPC at `/trpc`, the canonical REST API at `/api`, the third-party formats at
 * their own paths, the console, documentation and probes.
 */
export const allPaths = (parts: AppParts): Path[] => [
  ...probes(parts),
  ...(parts.metrics && parts.metricsToken !== undefined
    ? [metricsPath(parts.metrics, parts.metricsToken)]
    : []),
  ...docs(),
  rpcPath("/trpc", appRouter, parts),
  ...canonicalPaths(parts),
  ...wireFormats.flatMap((format) => formatPaths(format, parts)),
  ...scimPaths(parts),
  sessionPath(parts.sessions, parts.openId),
  ...(parts.openId ? signInPaths(parts.sessions, parts.openId) : []),
  ...consolePaths(parts.consoleFolder),
];
