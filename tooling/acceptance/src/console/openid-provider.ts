import { createServer, type Server } from "node:http";
import { freePort } from "@roster/api/testing/free-port";
import { Provider } from "oidc-provider";

/** A real OpenID provider on this machine, for tests. */
export interface OpenIdProvider {
  issuer: string;
  /** Settings of a Roster server at this address whose people the provider knows. */
  settingsFor(url: string): Record<string, string>;
  close(): Promise<void>;
}

const client = { id: "roster", secret: "the-secret-of-roster-at-the-provider" };

/** The claims of each person at the provider, by the name with which the person signs in there. */
export type People = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Starts a provider. Its page asks for the name and takes any password.
 * @param callbacks the addresses of Roster servers that people may be sent back to
 */
export async function startProvider(urls: readonly string[], people: People): Promise<OpenIdProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: urls.map((url) => `${url}/console/session/callback`),
      },
    ],
    scopes: ["openid", "profile", "roster"],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], roster: ["roster_scopes", "tenant"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...people[id] }),
    }),
    // Nobody is asked for consent.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId,
        accountId: oidc.session?.accountId,
      });
      grant.addOIDCScope("openid profile roster");
      await grant.save();
      return grant;
    },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ["the key of the provider's cookies"] },
    ttl: { IdToken: 600, AccessToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  });
  const server: Server = createServer((request, response) => void provider.callback()(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    settingsFor: (url) => ({
      ROSTER_URL: url,
      OPENID_ISSUER: issuer,
      OPENID_CLIENT_ID: client.id,
      OPENID_CLIENT_SECRET: client.secret,
      OPENID_LABEL: "Acme's login",
      OPENID_SCOPE: "openid profile roster",
      OPENID_TENANT_CLAIM: "tenant",
    }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
