import { readFileSync } from "node:fs";

/** The configurations of `docs/failover`, which operators start from, for a cluster on this machine. */

const read = (name: string): string =>
  readFileSync(new URL(`../../../../docs/failover/${name}`, import.meta.url), "utf8");

/** The settings that an operator may choose; the defaults are those of the documented configuration. */
export interface Choices {
  /** Whether a commit waits for a standby. */
  synchronous: boolean;
  /** Whether the leader goes on without etcd as long as it reaches all standbys. */
  failsafe: boolean;
  /** Whether HAProxy ends sessions to a server that is no longer the primary. */
  endsSessions: boolean;
}

export const documented: Choices = { synchronous: true, failsafe: true, endsSessions: true };

/** A server of PostgreSQL, with its manager. */
export interface Place {
  name: string;
  folder: string;
  postgresPort: number;
  managerPort: number;
}

/** @returns Patroni's configuration for one server */
export function patroniConfig(
  { name, folder, postgresPort, managerPort }: Place,
  etcdPort: number,
  programs: string,
  { synchronous, failsafe }: Choices,
): string {
  return replace(read("patroni.yml"), [
    ["db1:8008", `127.0.0.1:${managerPort}`],
    ["db1:5432", `127.0.0.1:${postgresPort}`],
    ["name: db1", `name: ${name}`],
    ["etcd1:2379", `127.0.0.1:${etcdPort}`],
    ["/usr/lib/postgresql/15/bin", programs],
    ["/var/lib/postgresql/roster.pgpass", `${folder}/pgpass`],
    ["/var/lib/postgresql/roster", `${folder}/data`],
    ["/var/run/postgresql", folder],
    ["10.0.0.0/24", "127.0.0.1/32"],
    // A watchdog is a device of the machine, and would end it.
    ["mode: required", "mode: off"],
    ["synchronous_mode: true", `synchronous_mode: ${synchronous}`],
    ["synchronous_mode_strict: true", `synchronous_mode_strict: ${synchronous}`],
    ["failsafe_mode: true", `failsafe_mode: ${failsafe}`],
  ]);
}

/** @returns HAProxy's configuration in front of three servers */
export function haproxyConfig(port: number, places: readonly Place[], { endsSessions }: Choices): string {
  return replace(read("haproxy.cfg"), [
    ["127.0.0.1:5000", `127.0.0.1:${port}`],
    ...places.map(({ name, postgresPort, managerPort }): Replacement => [
      `${name}:5432 check port 8008`,
      `127.0.0.1:${postgresPort} check port ${managerPort}`,
    ]),
    ...(endsSessions ? [] : [[" on-marked-down shutdown-sessions", ""] satisfies Replacement]),
  ]);
}

type Replacement = [from: string, to: string];

/** @throws Error if the documented configuration lacks what is to be replaced */
function replace(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`docs/failover has no ${JSON.stringify(from)}`);
    return text.replaceAll(from, to);
  }, text);
}
