import { Agent, request, type RequestOptions } from "node:http";
import { json } from "node:stream/consumers";
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

const queries =
  /\.(get|list|count|indexes|history|at|diff|export|deliveries|status|members|duplicates|overview)$/;

/** A caller of procedures with a token. Queries go as GET, mutations as POST. */
export const rpcOf =
  (url: string, token: string): Rpc =>
  async (path, input) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const text = input === undefined ? undefined : JSON.stringify(input);
    const query = text === undefined ? "" : `?input=${encodeURIComponent(text)}`;
    const { status, body } = queries.test(path)
      ? await exchange(`${url}/trpc/${path}${query}`, { headers })
      : await exchange(`${url}/trpc/${path}`, { method: "POST", headers }, text);
    return {
      status,
      data: body.result?.data as RpcReply["data"],
      error: body.error?.data.error as ErrorBody,
    };
  };

interface Body {
  result?: { data: RpcReply["data"] };
  error?: { data: { error: ErrorBody } };
}

/** Connections are closed after a second without calls, long before the server would close them. */
const agent = new Agent({ keepAlive: true, timeout: 1_000 });

/** Like `fetch`, for a quarter of its CPU time: tests make tens of thousands of calls. */
const exchange = (
  url: string,
  options: RequestOptions,
  sent?: string,
): Promise<{ status: number; body: Body }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, ...options }, (incoming) => {
      json(incoming).then(
        (body) => resolve({ status: incoming.statusCode ?? 0, body: body as Body }),
        reject,
      );
    });
    outgoing.on("error", reject);
    outgoing.end(sent);
  });

/** The codes of a refusal's faults by their pointers. */
export const faultCodes = (error: ErrorBody): Record<string, string> =>
  Object.fromEntries((error.faults ?? []).map(({ pointer, code }) => [pointer, code]));
