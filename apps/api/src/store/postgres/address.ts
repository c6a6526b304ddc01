/** In which state a server must be to be connected to: libpq's `target_session_attrs`. */
const targets = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
export type Target = (typeof targets)[number];

/** One of the servers that an address names. */
export interface Host {
  /** Such as `db1:5432`, for messages. */
  name: string;
  /** The address of this server alone, for the driver. */
  url: string;
}

/** Where a database is: one server or several, of which the first that fits is taken. */
export interface Address {
  hosts: readonly Host[];
  /** Missing: what the program needs. */
  target: Target | undefined;
  /** Whether the servers are tried in an order of chance. */
  shuffled: boolean;
  /** For one server, in milliseconds; 0 for no limit. */
  connectTimeout: number;
  keepAlive: boolean;
  /** How long a connection is still before a sign of life is sent, in milliseconds. */
  keepAliveDelay: number;
  channelBinding: boolean;
}

const defaultPort = "5432";
const defaultConnectTimeout = 5_000;

/** Parameters that the driver reads, by the values that they may have. */
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
const byHost = "put the address in the place of the host's name";
const bySslMode = "use sslmode, sslcert, sslkey and sslrootcert";
const byPassword = "put the password in the address, or in the file that PGPASSFILE names";

/** libpq's parameters that cannot be had, and what to do instead. */
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
 * @throws Error that names all that is wrong with it, and nothing secret
 */
export function readAddress(url: string): Address {
  const [, userinfo, authority = "", path, query] =
    /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?/.exec(url) ?? [];
  const faults: string[] = [];
  const decoded = (text: string, what: string): string => {
    try {
      return decodeURIComponent(text.replaceAll(/%(?![\da-f]{2})/gi, "%25"));
    } catch {
      faults.push(`${what} is not encoded as UTF-8`);
      return "";
    }
  };
  const given = new Map<string, string>();
  for (const part of query ? query.split("&") : []) {
    const [name = "", ...value] = part.split("=");
    given.set(decoded(name, "a parameter"), decoded(value.join("="), name));
  }
  const take = (name: string): string | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value === "" ? undefined : value;
  };
  const oneOf = <T extends string>(name: string, values: readonly T[]): T | undefined => {
    const value = take(name);
    if (value === undefined || (values as readonly string[]).includes(value)) return value as T | undefined;
    faults.push(`${name} is ${value}; it must be one of ${values.join(", ")}`);
    return undefined;
  };
  const seconds = (name: string): number | undefined => {
    const value = take(name);
    if (value === undefined || /^\d{1,6}$/.test(value)) return value === undefined ? value : Number(value);
    faults.push(`${name} is ${value}; it must be a number of seconds`);
    return undefined;
  };

  const login = new URLSearchParams();
  const [user, ...password] = (userinfo ?? "").split(":");
  if (user) login.set("user", decoded(user, "the user's name"));
  if (password.length > 0) login.set("password", decoded(password.join(":"), "the password"));
  const database = take("dbname") ?? (path && decoded(path, "the database's name"));

  const named = splitHosts(authority, decoded, faults);
  const [hosts, ports] = [take("host")?.split(","), take("port")?.split(",")];
  const servers = hosts?.map((host): Server => ({ host, port: "" })) ?? named;
  if (ports && ports.length !== 1 && ports.length !== servers.length)
    faults.push(`there are ${ports.length} ports for ${servers.length} hosts`);
  for (const [i, server] of servers.entries()) {
    server.port = (ports && (ports.length === 1 ? ports[0] : ports[i])) || server.port || defaultPort;
    if (!/^\d{1,5}$/.test(server.port) || Number(server.port) < 1 || Number(server.port) > 65_535)
      faults.push(`the port ${server.port} is not a number from 1 to 65535`);
  }

  const target = oneOf("target_session_attrs", targets);
  const shuffled = oneOf("load_balance_hosts", ["disable", "random"]) === "random";
  const channelBinding = take("channel_binding") ?? "disable";
  if (channelBinding === "require")
    faults.push("channel_binding=require is not supported: use prefer, and sslmode=verify-full");
  else if (channelBinding !== "disable" && channelBinding !== "prefer")
    faults.push(`channel_binding is ${channelBinding}; it must be one of disable, prefer`);
  const encoding = take("client_encoding") ?? "UTF8";
  if (!/^(utf-?8|auto)$/i.test(encoding)) faults.push(`client_encoding is ${encoding}; it must be UTF8`);
  const connectTimeout = seconds("connect_timeout");
  const keepAlive = oneOf("keepalives", ["0", "1"]) !== "0";
  const keepAliveDelay = seconds("keepalives_idle");

  for (const [name, values] of Object.entries(driverParameters)) {
    const value = values ? oneOf(name, values) : take(name);
    if (value !== undefined) login.set(name, value);
  }
  for (const name of given.keys()) {
    const instead = refusedParameters[name] ?? (name.startsWith("oauth_") ? byPassword : undefined);
    faults.push(
      instead === undefined
        ? `${name} is not a parameter of a connection`
        : `${name} is not supported: ${instead}`,
    );
  }
  if (faults.length > 0) throw new Error(faults.join("; "));
  return {
    hosts: servers.map(({ host, port }) => {
      const parameters = new URLSearchParams([...login, ["port", port]]);
      if (host !== "") parameters.set("host", host);
      return {
        name: host.includes(":") ? `[${host}]:${port}` : `${host || "localhost"}:${port}`,
        // The driver decodes the path as a whole, so that what separates its parts stays encoded.
        url: `postgres:///${encodeURI(database ?? "").replaceAll(/[?#]/g, encodeURIComponent)}?${parameters.toString()}`,
      };
    }),
    target,
    shuffled,
    connectTimeout: connectTimeout === undefined ? defaultConnectTimeout : connectTimeout * 1_000,
    keepAlive,
    keepAliveDelay: (keepAliveDelay ?? 0) * 1_000,
    channelBinding: channelBinding === "prefer",
  };
}

/**
 * Reads an address of which the servers must be written to.
 * @throws Error as `readAddress` does, and where it asks for others
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

interface Server {
  /** Empty for the driver's own: PGHOST, or localhost. */
  host: string;
  port: string;
}

/** Reads `host:port,[address]:port,…`, each of which may lack its port. */
function splitHosts(
  authority: string,
  decoded: (text: string, what: string) => string,
  faults: string[],
): Server[] {
  return authority.split(",").map((text) => {
    const [whole, address, name = "", port = ""] =
      /^(?:\[([\da-f:.]+(?:%[\w.-]+)?)\]|([^:[\]]*))(?::(\d*))?$/i.exec(text) ?? [];
    if (whole === undefined) faults.push(`${text} is not a host and its port`);
    return { host: address ?? decoded(name, "a host's name"), port };
  });
}
