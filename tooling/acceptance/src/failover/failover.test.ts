import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { documented, haproxyConfig, patroniConfig } from "./config.ts";
import { outageOf } from "./outage.ts";
import { findPrograms } from "./programs.ts";

/** The parts of `npm run test:failover` that need no cluster. */

describe("the documented configuration of a cluster", () => {
  const places = ["db1", "db2", "db3"].map((name, i) => ({
    name,
    folder: `/tmp/${name}`,
    postgresPort: 5_001 + i,
    managerPort: 8_001 + i,
  }));
  const [first, , third] = places as [(typeof places)[0], (typeof places)[0], (typeof places)[0]];

  it("is run by the test with addresses and folders of its own, and without a watchdog", () => {
    const text = patroniConfig(third, 2_379, "/pg/bin", documented);
    expect(text).toContain("name: db3\n");
    expect(text).toContain("connect_address: 127.0.0.1:5003\n");
    expect(text).toContain("synchronous_mode: true\n");
    expect(text).toContain("synchronous_mode_strict: true\n");
    expect(text).toContain("failsafe_mode: true\n");
    expect(text).toContain("mode: off\n");
    expect(text.replaceAll(/#.*/g, "")).not.toMatch(/db1|etcd1|10\.0\.0|\/var\//);
    expect(haproxyConfig(5_000, places, documented)).toContain("server db3 127.0.0.1:5003 check port 8003\n");
  });

  it("differs in the choices of a scenario, and in nothing else", () => {
    const changed = (one: string, other: string) => {
      const lines = one.split("\n");
      return other.split("\n").filter((line, i) => line !== lines[i]);
    };
    const patroni = (choices: typeof documented) => patroniConfig(first, 2_379, "/pg/bin", choices);
    expect(changed(patroni(documented), patroni({ ...documented, synchronous: false }))).toEqual([
      "    synchronous_mode: false",
      "    synchronous_mode_strict: false",
    ]);
    expect(changed(patroni(documented), patroni({ ...documented, failsafe: false }))).toEqual([
      "    failsafe_mode: false",
    ]);
    const proxy = (choices: typeof documented) => haproxyConfig(5_000, places, choices);
    expect(changed(proxy(documented), proxy({ ...documented, endsSessions: false }))).toEqual([
      "  default-server inter 1s fall 2 rise 1",
    ]);
  });
});

describe("the programs of a cluster", () => {
  const folder = mkdtempSync(join(tmpdir(), "roster-programs-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const install = (...files: string[]) => {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), "");
      chmodSync(join(folder, file), 0o755);
    }
  };
  const find = () => findPrograms(`/nowhere:${folder}`, join(folder, "versions"));

  it("are named in one line if they are missing", () => {
    install("etcd", "versions/15/bin/initdb");
    expect(find).toThrow(
      /^not installed: patroni, haproxy, PostgreSQL \(initdb, postgres, .+\); on Debian: apt-get install .+$/,
    );
  });

  it("are found on the path, and PostgreSQL in its latest version", () => {
    const programs = ["initdb", "postgres", "pg_basebackup", "pg_rewind", "pg_controldata"];
    install(
      "patroni",
      "haproxy",
      ...["9", "16"].flatMap((at) => programs.map((name) => `versions/${at}/bin/${name}`)),
    );
    expect(find()).toEqual({
      patroni: join(folder, "patroni"),
      etcd: join(folder, "etcd"),
      haproxy: join(folder, "haproxy"),
      postgres: join(folder, "versions/16/bin"),
    });
  });
});

describe("an outage", () => {
  it("ends when the last node acknowledges again, and its silence is the longest of a node", () => {
    const nodes = [
      [0, 900, 2_000, 4_500, 4_600],
      [0, 1_900, 3_000, 3_100, 5_100, 5_200],
    ];
    expect(outageOf(nodes, 2_100)).toEqual({ silence: 2_500, over: 3_000 });
  });

  it("is none if no node is silent for a second after the fault", () => {
    expect(outageOf([[0, 5_000, 5_900, 6_800]], 5_000.5)).toEqual({ silence: 0, over: 0 });
  });
});
