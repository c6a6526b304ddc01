import { randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { UsageError } from "./usage-error.ts";

/** An address of Roster and a token for it. */
export interface Profile {
  url: string;
  token: string;
}

export interface Profiles {
  /** The profile that is used unless another is named. */
  current: string;
  profiles: Record<string, Profile>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The file of profiles, in the user's configuration folder. */
export function profilesFile(env: Env): string {
  const base = env["XDG_CONFIG_HOME"] || env["APPDATA"] || join(homedir(), ".config");
  return join(base, "roster", "profiles.json");
}

export async function readProfiles(file: string): Promise<Profiles> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { current: "default", profiles: {} };
    throw error;
  }
  try {
    const { current, profiles } = JSON.parse(text) as Profiles;
    if (typeof current === "string" && typeof profiles === "object") return { current, profiles };
  } catch {
    // Reported below.
  }
  throw new UsageError(`${file} is not a file of profiles; mend or delete it, and log in again`);
}

/** Writes the profiles so that only the user can read them, and never half of them. */
export async function writeProfiles(file: string, profiles: Profiles): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${randomUUID()}`;
  try {
    await writeFile(next, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    // An existing folder may be open to others.
    await chmod(next, 0o600);
    await rename(next, file);
  } finally {
    await rm(next, { force: true });
  }
}

export const defaultUrl = "http://127.0.0.1:4000";

/**
 * Finds the address and the token: of the environment, or else of a profile. A token of a profile is sent only
 * to the profile's own address.
 *
 * @param name the profile to use; default the current one
 * @throws UsageError if there is no token
 */
export async function findProfile(env: Env, name: string | undefined): Promise<Profile> {
  const { ROSTER_URL: url, ROSTER_TOKEN: token } = env;
  if (name === undefined && token) return { url: url || defaultUrl, token };
  const { current, profiles } = await readProfiles(profilesFile(env));
  const wanted = name ?? current;
  const profile = Object.hasOwn(profiles, wanted) ? profiles[wanted] : undefined;
  if (name !== undefined) {
    if (profile) return profile;
    throw new UsageError(`there is no profile ${name}; make it with: roster login --profile ${name}`);
  }
  if (profile && (!url || url === profile.url)) return profile;
  throw new UsageError(
    url
      ? `there is no token for ${url}; set ROSTER_TOKEN`
      : "not logged in; use roster login, or set ROSTER_URL and ROSTER_TOKEN",
  );
}
