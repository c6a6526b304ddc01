import type { ErrorBody } from "@roster/domain";

/** Makes calls of procedures as any HTTP client does. */

export interface RpcReply {
  status: number;
  /** The procedure's result, as on the wire. */
  data: Record<string, unknown>;
  /** The refusal, if there is one. */
  error: ErrorBody;
}

export type Rpc = (path: string, input?: unknown) => Promise<RpcReply>;

const queries = /\.(get|list|count|indexes|history|at|diff|export|deliveries|status)$/;

/** A caller of procedures with a token. Queries go as GET, mutations as POST. */
export const rpcOf =
  (url: string, token: string): Rpc =>
  async (path, input) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    const response = queries.test(path)
      ? await fetch(`${url}/trpc/${path}${query}`, { headers })
      : await fetch(`${url}/trpc/${path}`, { method: "POST", headers, body: JSON.stringify(input) });
    const body = (await response.json()) as {
      result?: { data: RpcReply["data"] };
      error?: { data: { error: ErrorBody } };
    };
    return {
      status: response.status,
      data: body.result?.data as RpcReply["data"],
      error: body.error?.data.error as ErrorBody,
    };
  };

/** The codes of a refusal's faults by their pointers. */
export const faultCodes = (error: ErrorBody): Record<string, string> =>
  Object.fromEntries((error.faults ?? []).map(({ pointer, code }) => [pointer, code]));
