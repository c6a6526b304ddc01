import { accessSync, constants, readdirSync } from "node:fs";
import { join } from "node:path";

/** The programs of a cluster, by their paths. */
export interface Programs {
  patroni: string;
  etcd: string;
  haproxy: string;
  /** The folder of PostgreSQL's programs. */
  postgres: string;
}

/** The programs of PostgreSQL that Patroni runs. */
const needed = ["initdb", "postgres", "pg_basebackup", "pg_rewind", "pg_controldata"];
/** The home of Debian's packages of PostgreSQL, a folder per version. */
const debian = "/usr/lib/postgresql";

/**
 * Finds what a cluster consists of.
 * @param path the folders to search, separated by colons
 * @param versions the folder with a folder for each installed version of PostgreSQL
 * @throws Error in one line that names what is missing
 */
export function findPrograms(
  path: string = `${process.env["PATH"]}:/usr/sbin`,
  versions: string = debian,
): Programs {
  const folders = path.split(":");
  const find = (name: string) => folders.map((folder) => join(folder, name)).find(canRun);
  const installed = foldersIn(versions)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, "bin"));
  const found = {
    patroni: find("patroni"),
    etcd: find("etcd"),
    haproxy: find("haproxy"),
    postgres: [...installed, ...folders].find((folder) => needed.every((name) => canRun(join(folder, name)))),
  };
  const missing = Object.entries(found).flatMap(([name, its]) => (its === undefined ? [name] : []));
  if (missing.length > 0) {
    const which = missing.map((name) => (name === "postgres" ? `PostgreSQL (${needed.join(", ")})` : name));
    throw new Error(
      `not installed: ${which.join(", ")}; on Debian: apt-get install patroni etcd-server haproxy postgresql`,
    );
  }
  return found as Programs;
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
