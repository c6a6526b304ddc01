import type { Me } from "@roster/domain";
import { clientOf, type Context } from "../context.ts";
import { examples, newCommand } from "../options.ts";
import { defaultUrl, findProfile, profilesFile, readProfiles, writeProfiles } from "../profiles.ts";
import { UsageError } from "../usage-error.ts";

/** `roster login`, `logout`, `profiles`, `use` and `whoami`. */
export function loginCommands(context: Context) {
  const { terminal } = context;
  const file = profilesFile(terminal.env);
  return [
    newCommand("login")
      .description("keep an address and a token for later calls")
      .argument("[url]", "Roster's address", terminal.env["ROSTER_URL"] || defaultUrl)
      .addHelpText(
        "after",
        `\nThe token is asked for, or read from standard input. It is kept in ${file}, which only you can read.\n${examples("roster login https://roster.example.com", "roster login https://test.example.com --profile test < token.txt")}`,
      )
      .action(async (url, { profile }) => {
        const token = (await context.secret("Token: ")).trim();
        if (token === "") throw new UsageError("there is no token; give it on standard input");
        const me = await clientOf({ url, token }).me.get.query(undefined, context.call);
        const known = await readProfiles(file);
        const name = profile ?? known.current;
        await writeProfiles(file, { current: name, profiles: { ...known.profiles, [name]: { url, token } } });
        await context.line(`logged in to ${url} as ${me.actor}, profile ${name}`);
      }),
    newCommand("logout")
      .description("forget a profile; its token stays valid until it is revoked")
      .action(async ({ profile }) => {
        const { current, profiles } = await readProfiles(file);
        const name = profile ?? current;
        if (!Object.hasOwn(profiles, name)) throw new UsageError(`there is no profile ${name}`);
        const { [name]: _, ...rest } = profiles;
        await writeProfiles(file, { current: name === current ? "default" : current, profiles: rest });
        await context.line(`forgot the profile ${name}`);
      }),
    newCommand("profiles")
      .description("list the profiles, or use another from now on")
      .argument("[use]", "the profile to use from now on")
      .action(async (use) => {
        const { current, profiles } = await readProfiles(file);
        if (use !== undefined) {
          if (!Object.hasOwn(profiles, use)) throw new UsageError(`there is no profile ${use}`);
          await writeProfiles(file, { current: use, profiles });
          return context.line(`using the profile ${use}`);
        }
        await context.printTable(
          ["", "profile", "address"],
          Object.entries(profiles).map(([name, { url }]) => [name === current ? "*" : "", name, url]),
        );
      }),
    newCommand("whoami")
      .description("show the address, the tenant and the scopes of the token")
      .option("--json", "print JSON")
      .action(async ({ profile, json }) => {
        const { url } = await findProfile(terminal.env, profile);
        const me: Me = await (await context.client({ profile })).me.get.query(undefined, context.call);
        if (json) return context.printJson({ url, ...me });
        await context.printFields([
          ["address", url],
          ["tenant", `${me.tenant.name} (${me.tenant.number})`],
          ["actor", me.actor],
          ["scopes", me.scopes.join(", ")],
        ]);
      }),
  ];
}
