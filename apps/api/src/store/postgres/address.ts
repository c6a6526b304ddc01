/** Further addresses of the same PostgreSQL database. */
export interface OtherAddresses {
  /** An address that bypasses the pooler, possibly of a user with more rights. For migrations. */
  direct?: string | undefined;
  /** A replica, which may lag behind. For lists. */
  replica?: string | undefined;
}

/** The state that a server must be in to be connected to: libpq's `target_session_attrs`. */
const targets = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
export type Target = (typeof targets)[number];

/** One of the servers that an address names. */
export interface Host {
  /** The host and port, such as `db1:5432`, for messages. */
  name: string;
  /** The address of this server alone, for the driver. */
  url: string;
}

/** The address of a database: one or several servers, of which the first suitable one is used. */
export interface Address {
  hosts: readonly Host[];
  /** The required state of the server; if undefined, the program decides. */
  target: Target | undefined;
  /** Whether the servers are tried in random order. */
  shuffled: boolean;
  /** The time limit for connecting to one server, in milliseconds; 0 for none. */
  connectTimeout: number;
  keepAlive: boolean;
  /** How long a connection is idle before a keep-alive packet is sent, in milliseconds. */
  keepAliveDelay: number;
  channelBinding: boolean;
}

const defaultPort = "5432";
const defaultConnectTimeout = 5_000;

/** The parameters that the driver reads, with their allowed values; undefined for any. */
const driverParameters: Record<string, readonly string[] | undefined> = {
  user: undefined,
  password: undefined,
  application_name: undefined,
  fallback_application_name: undefined,
  options: undefined,
  ssl: ["true", "false", "1", "0"],
  sslmode: ["disable", "require", "verify-ca", "verify-full", "prefer", "no-verify"],
  sslcert: undefined,
  sslkey: undefined,
  sslrootcert: undefined,
  sslnegotiation: ["postgres", "direct"],
  uselibpqcompat: ["true", "false"],
};

const bySystem = "set it in the operating system";
const byHost = "put the address in place of the host name";
const bySslMode = "use sslmode, sslcert, sslkey and sslrootcert";
const byPassword = "put the password in the address, or in the file that PGPASSFILE names";

/** The parameters of libpq that are not supported, with what to do instead. */
const refusedParameters: Record<string, string> = {
  hostaddr: byHost,
  passfile: byPassword,
  service: "write the address out",
  servicefile: "write the address out",
  replication: "leave it out",
  keepalives_interval: `${bySystem} (net.ipv4.tcp_keepalive_intvl)`,
  keepalives_count: `${bySystem} (net.ipv4.tcp_keepalive_probes)`,
  tcp_user_timeout: `${bySystem} (net.ipv4.tcp_retries2), or let a proxy end the session`,
  gssencmode: "leave it out: connections are encrypted by TLS; see sslmode",
  krbsrvname: "use a password or a client certificate",
  gsslib: "use a password or a client certificate",
  gssdelegation: "use a password or a client certificate",
  requiressl: "use sslmode=verify-full",
  sslcompression: "leave it out: TLS is never compressed",
  sslpassword: "store the key of sslkey without a passphrase",
  sslcertmode: bySslMode,
  sslcrl: bySslMode,
  sslcrldir: bySslMode,
  sslsni: "leave it out: the host's name is always sent",
  sslkeylogfile: "leave it out",
  ssl_min_protocol_version: "set it on the server",
  ssl_max_protocol_version: "set it on the server",
  min_protocol_version: "leave it out",
  max_protocol_version: "leave it out",
  require_auth: "set it in the server's pg_hba.conf",
  requirepeer: "connect by TLS with sslmode=verify-full",
  scram_client_key: byPassword,
  scram_server_key: byPassword,
};

/**
 * Reads the address of a PostgreSQL database as libpq does:
 * `postgres://user:password@host1:port1,host2:port2/database?parameters`.
 *
 * @throws Error that names all faults of the address, without secrets
 */
export function readAddress(url: string): Address {
  const [, userinfo = "", authority = "", path = "", query = ""] =
    /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?/.exec(url) ?? [];
  const faults: string[] = [];
  if (path.includes("@"))
    faults.push("/, ? and # in a password, and @ in a database's name, must be encoded");
  const parameters = new Parameters(query, faults);

  const [user = "", ...password] = userinfo.split(":");
  const login = new URLSearchParams();
  if (user !== "") login.set("user", decoded(user, "the user's name", faults));
  if (password.length > 0) login.set("password", decoded(password.join(":"), "the password", faults));
  const database = parameters.take("dbname") ?? decoded(path, "the database's name", faults);
  // The driver decodes the path as a whole, but not these two characters.
  if (/[?#]/.test(database)) faults.push("the database's name has a ? or a #, which the driver cannot send");
  const servers = readServers(authority, parameters, faults);

  const target = parameters.oneOf("target_session_attrs", targets);
  const order = parameters.oneOf("load_balance_hosts", ["disable", "random"]);
  const connectTimeout = parameters.seconds("connect_timeout") ?? defaultConnectTimeout;
  const keepAlive = parameters.oneOf("keepalives", ["0", "1"]) !== "0";
  const keepAliveDelay = parameters.seconds("keepalives_idle") ?? 0;
  const binding = parameters.take("channel_binding") ?? "disable";
  if (!["disable", "prefer"].includes(binding))
    faults.push(`channel_binding=${binding} is not supported: use prefer, and sslmode=verify-full`);
  const encoding = parameters.take("client_encoding") ?? "UTF8";
  if (!/^(utf-?8|auto)$/i.test(encoding)) faults.push(`client_encoding is ${encoding}; it must be UTF8`);

  for (const [name, values] of Object.entries(driverParameters)) {
    const value = values ? parameters.oneOf(name, values) : parameters.take(name);
    if (value !== undefined) login.set(name, value);
  }
  for (const name of parameters.rest()) {
    const instead = refusedParameters[name] ?? (name.startsWith("oauth_") ? byPassword : undefined);
    const known = `${name} is not supported: ${instead}`;
    faults.push(instead === undefined ? `${name} is not a parameter of a connection` : known);
  }
  if (faults.length > 0) throw new Error(faults.join("; "));
  return {
    hosts: servers.map((server) => hostOf(server, login, database)),
    target,
    shuffled: order === "random",
    connectTimeout,
    keepAlive,
    keepAliveDelay,
    channelBinding: binding === "prefer",
  };
}

/**
 * Reads an address for writes.
 * @throws Error like `readAddress`, and if the address asks for a server that refuses writes
 */
export function readPrimaryAddress(url: string): Address {
  const address = readAddress(url);
  const { target } = address;
  if (target === undefined || target === "any") return { ...address, target: "primary" };
  if (target === "primary" || target === "read-write") return address;
  throw new Error(
    `target_session_attrs is ${target}, but changes are stored there: it must be one of primary, read-write, any; a standby may be named by DATABASE_REPLICA_URL`,
  );
}

/** The parameters of an address. Each is taken once. */
class Parameters {
  readonly #given = new Map<string, string>();
  readonly #faults: string[];

  constructor(query: string, faults: string[]) {
    this.#faults = faults;
    for (const part of query === "" ? [] : query.split("&")) {
      const [encoded = "", ...value] = part.split("=");
      const name = decoded(encoded, "a parameter's name", faults);
      if (this.#given.has(name)) faults.push(`${name} is given twice`);
      this.#given.set(name, decoded(value.join("="), name, faults));
    }
  }

  take(name: string): string | undefined {
    const value = this.#given.get(name);
    this.#given.delete(name);
    return value === "" ? undefined : value;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.take(name);
    if (value === undefined || (values as readonly string[]).includes(value)) return value as T | undefined;
    this.#faults.push(`${name} is ${value}; it must be one of ${values.join(", ")}`);
    return undefined;
  }

  /** Reads a number of seconds. @returns milliseconds */
  seconds(name: string): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,6}$/.test(value)) this.#faults.push(`${name} is ${value}; it must be a number of seconds`);
    return Number(value) * 1_000;
  }

  /** The names of the parameters not taken yet. */
  rest(): string[] {
    return [...this.#given.keys()];
  }
}

function decoded(text: string, what: string, faults: string[]): string {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![\da-f]{2})/gi, "%25"));
  } catch {
    faults.push(`${what} is not encoded as UTF-8`);
    return "";
  }
}

/** A host and a port; if empty, the driver's default: PGHOST or localhost, PGPORT or 5432. */
interface Server {
  host: string;
  port: string;
}

/**
 * Reads `host:port,[address]:port,…`, in which ports are optional, and the parameters `host` and `port`,
 * which take precedence. Faults do not quote the text, because it may be part of a password.
 */
function readServers(authority: string, parameters: Parameters, faults: string[]): Server[] {
  const hosts = parameters.take("host")?.split(",");
  const ports = parameters.take("port")?.split(",");
  const servers =
    hosts?.map((host): Server => ({ host, port: "" })) ??
    authority.split(",").map((text, i): Server => {
      const [whole, address, name = "", port = ""] =
        /^(?:\[([\da-f:.]+(?:%[\w.-]+)?)\]|([^:[\]]*))(?::(\d*))?$/i.exec(text) ?? [];
      if (whole === undefined) faults.push(`host ${i + 1} is not of the form host:port`);
      return { host: address ?? decoded(name, "a host's name", faults), port };
    });
  if (ports && ports.length !== 1 && ports.length !== servers.length)
    faults.push(`there are ${ports.length} ports for ${servers.length} hosts`);
  for (const [i, server] of servers.entries()) {
    server.port = (ports?.length === 1 ? ports[0] : ports?.[i]) ?? server.port;
    if (!/^(\d{1,5})?$/.test(server.port) || server.port === "0" || Number(server.port) > 65_535)
      faults.push(`the port of host ${i + 1} is not a number from 1 to 65535`);
  }
  return servers;
}

/** The address of one server. */
function hostOf({ host, port }: Server, login: URLSearchParams, database: string): Host {
  const parameters = new URLSearchParams(login);
  if (host !== "") parameters.set("host", host);
  if (port !== "") parameters.set("port", port);
  const name = host.includes(":") ? `[${host}]` : host || "localhost";
  return {
    name: `${name}:${port || defaultPort}`,
    url: `postgres:///${encodeURI(database)}?${parameters.toString()}`,
  };
}
