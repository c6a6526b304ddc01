import { createRequire } from "node:module";

/**
 * What `node:http` exports, but for its browser classes, such as `WebSocket`: an import of `node:http` itself
 * reads every export, and these make Node load all of undici, a tenth of a start.
 */
const http = createRequire(import.meta.url)("node:http");

export default http;
export const {
  Agent,
  ClientRequest,
  IncomingMessage,
  METHODS,
  OutgoingMessage,
  STATUS_CODES,
  Server,
  ServerResponse,
  createServer,
  get,
  globalAgent,
  maxHeaderSize,
  request,
  setGlobalProxyFromEnv,
  setMaxIdleHTTPParsers,
  validateHeaderName,
  validateHeaderValue,
} = http;
