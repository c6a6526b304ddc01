import { rmSync } from "node:fs";
import { chmod, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@roster/api/testing/free-port";
import { look, tamper } from "@roster/api/testing/look";
import { haproxyConfig, patroniConfig, type Choices, type Place } from "./config.ts";
import { eventually } from "./eventually.ts";
import { killIn, makeFolder, processesIn, startIn } from "./processes.ts";
import type { Programs } from "./programs.ts";

/** The processes of one server: its PostgreSQL, or that and its manager. */
export type Part = "PostgreSQL" | "manager" | "both";

/** One server of a cluster: PostgreSQL and Patroni. */
export class Member implements Place {
  readonly name: string;
  readonly folder: string;
  readonly postgresPort: number;
  readonly managerPort: number;

  constructor({ name, folder, postgresPort, managerPort }: Place) {
    this.name = name;
    this.folder = folder;
    this.postgresPort = postgresPort;
    this.managerPort = managerPort;
  }

  /** The address of Roster's database on this server. */
  get url(): string {
    return addressAt(this.postgresPort);
  }

  processes(part: Part): number[] {
    const all = processesIn(this.folder);
    if (part === "both") return all;
    const postgres = new Set(processesIn(join(this.folder, "data")));
    return all.filter((pid) => postgres.has(pid) === (part === "PostgreSQL"));
  }

  /** Whether its manager answers a question with yes: `/primary`, `/replica`, `/synchronous`. */
  async is(path: string): Promise<boolean> {
    return (await ask(this.managerPort, path))?.status === 200;
  }
}

/** Three PostgreSQL under Patroni with one etcd, and HAProxy in front of them, in a temporary folder. */
export class Cluster {
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #choices: Choices;
  readonly members: readonly Member[];
  /** The address of Roster's database through HAProxy. */
  readonly url: string;
  /** Ends it with this process. */
  readonly #end = () => {
    killIn(this.#folder);
    rmSync(this.#folder, { recursive: true, force: true });
  };

  private constructor(folder: string, programs: Programs, choices: Choices, members: Member[], port: number) {
    this.#folder = folder;
    this.#programs = programs;
    this.#choices = choices;
    this.members = members;
    this.url = addressAt(port);
    process.once("exit", this.#end);
  }

  /** Starts a cluster, and returns once it has an empty database for Roster. */
  static async start(programs: Programs, choices: Choices): Promise<Cluster> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "roster-failover-")));
    await chmod(folder, 0o755);
    const port = await freePort();
    const members: Member[] = [];
    for (const name of ["db1", "db2", "db3"]) {
      const at = await makeFolder(join(folder, name));
      members.push(
        new Member({ name, folder: at, postgresPort: await freePort(), managerPort: await freePort() }),
      );
    }
    const cluster = new Cluster(folder, programs, choices, members, port);
    try {
      const etcdPort = await freePort();
      await cluster.#startEtcd(etcdPort);
      for (const member of members) {
        const config = patroniConfig(member, etcdPort, programs.postgres, choices);
        await writeFile(join(member.folder, "patroni.yml"), config);
        cluster.startManager(member);
      }
      const proxy = await makeFolder(join(folder, "haproxy"));
      await writeFile(join(proxy, "haproxy.cfg"), haproxyConfig(port, members, choices));
      startIn(proxy, programs.haproxy, ["-db", "-f", "haproxy.cfg"]);
      await cluster.isWhole();
      await eventually("HAProxy leads to the primary", () =>
        tamper(inDatabase(cluster.url, "postgres"), `create database ${database}`).then(
          () => true,
          () => false,
        ),
      );
      return cluster;
    } catch (error) {
      await cluster.dispose({ keepFiles: true });
      throw new Error(`the cluster did not start; its logs are in ${folder}`, { cause: error });
    }
  }

  async #startEtcd(port: number): Promise<void> {
    const at = await makeFolder(join(this.#folder, "etcd"));
    const clients = `http://127.0.0.1:${port}`;
    const peers = `http://127.0.0.1:${await freePort()}`;
    const options = {
      name: "etcd1",
      "data-dir": "data",
      logger: "zap",
      "listen-client-urls": clients,
      "advertise-client-urls": clients,
      "listen-peer-urls": peers,
      "initial-advertise-peer-urls": peers,
      "initial-cluster": `etcd1=${peers}`,
    };
    startIn(
      at,
      this.#programs.etcd,
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    );
  }

  /** The folder of everything, for a look at its logs. */
  get folder(): string {
    return this.#folder;
  }

  etcd(): number[] {
    return processesIn(join(this.#folder, "etcd"));
  }

  /** Starts Patroni on a server, which starts PostgreSQL. */
  startManager({ folder }: Member): void {
    startIn(folder, this.#programs.patroni, ["patroni.yml"]);
  }

  /** @returns the leader, once there is one */
  leader(): Promise<Member> {
    return eventually("there is a leader", async () => (await this.#are("/primary"))[0]);
  }

  /** @returns the leader, once it is another than the former one */
  async successor(former: Member): Promise<Member> {
    return eventually("another server leads", async () =>
      (await this.#are("/primary")).find((leader) => leader !== former),
    );
  }

  /** @returns the standby that must confirm commits */
  standby(): Promise<Member> {
    return eventually("a standby is synchronous", async () => (await this.#are("/synchronous"))[0]);
  }

  /** The servers whose managers answer a question with yes. */
  async #are(path: string): Promise<Member[]> {
    const answers = await Promise.all(this.members.map((member) => member.is(path)));
    return this.members.filter((_, i) => answers[i]);
  }

  /** Makes another server the leader, as an operator does. */
  async switchover(): Promise<void> {
    const leader = await this.leader();
    const candidate = this.#choices.synchronous
      ? await this.standby()
      : (this.members.find((member) => member !== leader) as Member);
    const answer = await ask(leader.managerPort, "/switchover", {
      leader: leader.name,
      candidate: candidate.name,
    });
    if (answer?.status !== 200) throw new Error(`the switchover was refused: ${answer?.text}`);
  }

  /** Resolves when one server leads and the others follow it, one of them as the synchronous standby. */
  isWhole(): Promise<true> {
    return eventually("all servers work", async () => {
      const leaders = await this.#are("/primary");
      if (leaders.length !== 1) return false;
      if (this.#choices.synchronous && (await this.#are("/synchronous")).length === 0) return false;
      const following = "select 1 from pg_stat_replication where state = 'streaming'";
      const { url } = leaders[0] as Member;
      const found = await rows(inDatabase(url, "postgres"), following).catch(() => []);
      return found.length === this.members.length - 1;
    });
  }

  /** Resolves when all standbys have what the leader has now. */
  async isLevel(): Promise<void> {
    const leader = await this.leader();
    const [{ lsn } = { lsn: "" }] = await rows<{ lsn: string }>(
      leader.url,
      "select pg_current_wal_lsn()::text as lsn",
    );
    for (const { name, url } of this.members.filter((member) => member !== leader)) {
      await eventually(`${name} has all changes`, async () => {
        const reached = `select pg_last_wal_replay_lsn() >= '${lsn}'::pg_lsn as done`;
        // A former leader may still be starting as a standby.
        const [row] = await rows<{ done: number }>(url, reached).catch(() => []);
        return row?.done === 1;
      });
    }
  }

  /** Kills all that it started. */
  async dispose({ keepFiles = false } = {}): Promise<void> {
    killIn(this.#folder);
    process.off("exit", this.#end);
    if (!keepFiles) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The database of Roster, on whatever server. */
const database = "roster";

/** The user and the password of `docs/failover/patroni.yml`. */
const addressAt = (port: number): string =>
  `postgres://postgres:replace-this-1@127.0.0.1:${port}/${database}`;

function inDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

export const rows = <Row>(url: string, sql: string): Promise<Row[]> => look(url, ({ all }) => all<Row>(sql));

/** @returns Patroni's answer; undefined if there is none */
async function ask(
  port: number,
  path: string,
  body?: object,
): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(body ? 30_000 : 1_000),
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}
