import { Client, DatabaseError, type ClientConfig } from "pg";
import type { Address, Host, Target } from "./address.ts";
import { types } from "./values.ts";

/** The time limit for the answer to a statement, in milliseconds. */
export const usualAnswerTimeout = 40_000;

/** A server was reached but is not in the required state; usually it is a standby. */
export class WrongState extends Error {
  override readonly name = "WrongState";
}

export interface Connected {
  client: Client;
  /**
   * Whether the connection leads through a pooler, such as PgBouncer, which may use another server connection
   * for each transaction. Then a transaction must leave nothing behind on the connection: no settings and no
   * named prepared statements.
   */
  pooled: boolean;
  /** The address of the connected server. */
  url: string;
}

/**
 * The server last connected to for an address. It is tried first, so that a dead server does not delay every
 * connection by its time limit.
 */
const lastFound = new WeakMap<Address, Host>();

/**
 * Connects to the first server of an address that is in the required state.
 *
 * @throws Error if there is none: WrongState if every server was reached
 */
export async function connect(address: Address, config: ClientConfig = {}): Promise<Connected> {
  const { target = "any" } = address;
  const failures: [host: Host, error: unknown][] = [];
  for (const wanted of target === "prefer-standby" ? (["standby", "any"] as const) : [target]) {
    for (const host of inOrder(address)) {
      try {
        const connected = await connectTo(host, wanted, address, config);
        lastFound.set(address, host);
        return connected;
      } catch (error) {
        if (isFinal(error)) throw error;
        failures.push([host, error]);
      }
    }
  }
  throw together(failures);
}

/** Combines the reasons why no server could be connected to into one error. */
function together(failures: readonly [host: Host, error: unknown][]): unknown {
  const [[, only] = []] = failures;
  if (failures.length === 1 && !isUnnamed(only)) return only;
  const message = failures.map(([{ name }, error]) => `${name}: ${messageOf(error)}`).join("; ");
  return failures.every(([, error]) => error instanceof WrongState)
    ? new WrongState(message)
    : new Error(message, { cause: failures.at(-1)?.[1] });
}

function inOrder(address: Address): readonly Host[] {
  const { hosts, shuffled } = address;
  if (hosts.length === 1) return hosts;
  if (shuffled) {
    const places = new Map(hosts.map((host) => [host, Math.random()]));
    return hosts.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
  }
  const last = lastFound.get(address);
  return last ? [last, ...hosts.filter((host) => host !== last)] : hosts;
}

async function connectTo(
  host: Host,
  wanted: Exclude<Target, "prefer-standby">,
  { connectTimeout, keepAlive, keepAliveDelay, channelBinding }: Address,
  config: ClientConfig,
): Promise<Connected> {
  const client = new Client({
    connectionString: host.url,
    fallback_application_name: "roster",
    connectionTimeoutMillis: connectTimeout,
    // After this time the server counts as lost; its own time limits are shorter.
    query_timeout: usualAnswerTimeout,
    keepAlive,
    keepAliveInitialDelayMillis: keepAliveDelay,
    enableChannelBinding: channelBinding,
    types,
    ...config,
  });
  // Callers get the error as their answer. Without a listener, the event would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { processID, ...state } = await stateOf(client, connectTimeout);
    const refusal = refusalOf(wanted, state);
    if (refusal !== undefined) throw new WrongState(refusal);
    // A pooler invents the process id that a client uses to cancel queries; without a pooler, it is the
    // server process's own.
    const pooled = processID !== (client as unknown as { processID: number }).processID;
    return { client, pooled, url: host.url };
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

interface State {
  isStandby: boolean;
  isReadOnly: boolean;
}

async function stateOf(client: Client, timeout: number): Promise<State & { processID: number }> {
  const { rows } = await client.query<[number, boolean, string]>({
    text: "select pg_backend_pid(), pg_is_in_recovery(), current_setting('transaction_read_only')",
    rowMode: "array",
    ...(timeout > 0 && { query_timeout: timeout }),
  } as never);
  const [processID, isStandby, readOnly] = rows[0] as [number, boolean, string];
  return { processID, isStandby, isReadOnly: isStandby || readOnly === "on" };
}

/** The reason why a server is not in the required state; undefined if it is. */
function refusalOf(
  wanted: Exclude<Target, "prefer-standby">,
  { isStandby, isReadOnly }: State,
): string | undefined {
  switch (wanted) {
    case "any":
      return undefined;
    case "primary":
      return isStandby ? "the server is a standby, not the primary" : undefined;
    case "standby":
      return isStandby ? undefined : "the server is the primary, not a standby";
    case "read-write":
      return isReadOnly ? `the server is ${isStandby ? "a standby" : "read-only"}` : undefined;
    case "read-only":
      return isReadOnly ? undefined : "the server is not read-only";
  }
}

/** Whether other servers would answer the same: the login or the database name is wrong. */
const isFinal = (error: unknown): boolean =>
  error instanceof DatabaseError && (error.code?.startsWith("28") || error.code === "3D000");

/** Whether an error comes from several attempts at one host name, each with its own message. */
const isUnnamed = (error: unknown): error is AggregateError =>
  error instanceof AggregateError && error.message === "";

function messageOf(error: unknown): string {
  if (isUnnamed(error)) return error.errors.map((each) => messageOf(each)).join(", ");
  return error instanceof Error ? error.message : String(error);
}
