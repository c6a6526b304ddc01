import type { Api } from "../compose.ts";
import type { TrpcContext } from "../trpc/trpc.ts";

/** The services and the actor behind a token. The published types hide them from callers of `createApi`. */
export const contextOf = (api: Pick<Api, "context">, token: string): TrpcContext =>
  api.context(token) as unknown as TrpcContext;
