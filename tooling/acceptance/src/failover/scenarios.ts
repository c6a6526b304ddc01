import { setTimeout as pause } from "node:timers/promises";
import { rows, type Cluster, type Member, type Part } from "./cluster.ts";
import { documented, type Choices } from "./config.ts";
import { eventually } from "./eventually.ts";
import type { Load } from "./load.ts";
import { signal } from "./processes.ts";

export interface Scenario {
  /** A description of the fault, in a line. */
  what: string;
  choices: Choices;
  /** Whether acknowledged changes must be lost. */
  loses?: true;
  /** Whether a change must be stored without an answer, so that its repetition is a replay. */
  replays?: true;
  /** Causes the fault, and resolves when it is over. */
  fault(cluster: Cluster, load: Load): Promise<void>;
}

/** The time for which something is away, in milliseconds: longer than the leader's lease of 20 seconds. */
const away = 25_000;

/**
 * Kills the leader while a commit waits for the synchronous standby, which already has the change but has not
 * confirmed it. So the change survives, and its client gets no answer.
 */
async function killInCommit(cluster: Cluster, load: Load, part: Part): Promise<Member> {
  const leader = await cluster.leader();
  const standby = await cluster.standby();
  const receivers = await rows<{ pid: number }>(standby.url, "select pid from pg_stat_wal_receiver");
  await load.withOneWriter(() =>
    whileStopped(
      receivers.map(({ pid }) => pid),
      async () => {
        await eventually("a commit waits for the standby", () => isInCommit(leader));
        signal(leader.processes(part), "SIGKILL");
      },
    ),
  );
  return leader;
}

/**
 * Whether a commit of a change waits for the synchronous standby, to which all of it has been sent. Other commits
 * of Roster, such as those of when tokens were used, answer no request.
 */
async function isInCommit({ url }: Member): Promise<boolean> {
  const found = await rows(
    url,
    `select 1 from pg_stat_replication r, pg_stat_activity a
     join pg_locks l on l.pid = a.pid and l.relation = 'change_log'::regclass and l.mode = 'RowExclusiveLock'
     where a.wait_event = 'SyncRep' and a.application_name = 'roster' and a.query = 'commit'
     and r.sync_state = 'sync' and r.sent_lsn >= pg_current_wal_flush_lsn()`,
  );
  return found.length > 0;
}

/** Stops the processes of a server, and lets them go on when what is to happen has happened. */
async function whileStopped(pids: number[], happens: () => Promise<unknown>): Promise<void> {
  signal(pids, "SIGSTOP");
  try {
    await happens();
  } finally {
    signal(pids, "SIGCONT");
  }
}

const leaderStops =
  (part: Part): Scenario["fault"] =>
  async (cluster, load) => {
    const leader = await cluster.leader();
    await whileStopped(leader.processes(part), async () => {
      await cluster.successor(leader);
      await load.bothAcknowledge();
    });
  };

const etcdIsAway: Scenario["fault"] = async (cluster) => whileStopped(cluster.etcd(), () => pause(away));

const standbyHangs =
  (part: Part): Scenario["fault"] =>
  async (cluster, load) => {
    const standby = await cluster.standby();
    await whileStopped(standby.processes(part), () => load.bothAcknowledge());
  };

export const scenarios = {
  killed: {
    what: "PostgreSQL of the leader is killed in a commit; its manager starts it again",
    choices: documented,
    replays: true,
    fault: async (cluster, load) => void (await killInCommit(cluster, load, "PostgreSQL")),
  },
  "machine-lost": {
    what: "PostgreSQL of the leader and its manager are killed in a commit, and started again later",
    choices: documented,
    replays: true,
    async fault(cluster, load) {
      const former = await killInCommit(cluster, load, "both");
      await cluster.successor(former);
      await load.bothAcknowledge();
      cluster.startManager(former);
    },
  },
  "machine-stopped": {
    what: "the leader's server stands still, and goes on when another leads",
    choices: documented,
    fault: leaderStops("both"),
  },
  "postgres-stopped": {
    what: "PostgreSQL of the leader stands still, its manager does not",
    choices: documented,
    fault: leaderStops("PostgreSQL"),
  },
  "manager-stopped": {
    what: "the leader's manager stands still, PostgreSQL does not",
    choices: documented,
    fault: leaderStops("manager"),
  },
  "manager-stopped-sessions-kept": {
    what: "the same, with a proxy that keeps sessions to a former primary",
    choices: { ...documented, endsSessions: false },
    fault: leaderStops("manager"),
  },
  switchover: {
    what: "an operator makes another server the leader",
    choices: documented,
    async fault(cluster) {
      const former = await cluster.leader();
      await cluster.switchover();
      await cluster.successor(former);
    },
  },
  "etcd-away": {
    what: `etcd does not answer for ${away / 1_000} s, with failsafe_mode`,
    choices: documented,
    fault: etcdIsAway,
  },
  "etcd-away-without-failsafe": {
    what: `etcd does not answer for ${away / 1_000} s, without failsafe_mode`,
    choices: { ...documented, failsafe: false },
    fault: etcdIsAway,
  },
  "standby-machine-stopped": {
    what: "the synchronous standby's server stands still",
    choices: documented,
    fault: standbyHangs("both"),
  },
  "standby-stopped": {
    what: "PostgreSQL of the synchronous standby stands still, its manager does not",
    choices: documented,
    fault: standbyHangs("PostgreSQL"),
  },
  asynchronous: {
    what: "without synchronous replication: the leader is killed while its senders stand still",
    choices: { ...documented, synchronous: false },
    loses: true,
    async fault(cluster, load) {
      const leader = await cluster.leader();
      const senders = await rows<{ pid: number }>(leader.url, "select pid from pg_stat_replication");
      await whileStopped(
        senders.map(({ pid }) => pid),
        async () => {
          await load.acknowledgements(100);
          signal(leader.processes("both"), "SIGKILL");
        },
      );
      await cluster.successor(leader);
      await load.bothAcknowledge();
      cluster.startManager(leader);
    },
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
