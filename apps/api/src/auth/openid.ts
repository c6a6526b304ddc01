import { hash } from "node:crypto";
import { RosterError, scopes as allScopes, type Scope } from "@roster/domain";
import type { Configuration } from "openid-client";
import type { Logger } from "pino";
import { seal, sealKeyOf, unseal } from "./seal.ts";

/** How people sign in with OpenID Connect. */
export interface OpenIdSettings {
  /** The address of the provider, as in its tokens. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** The name of the way to sign in, for people. */
  label: string;
  /** The OAuth scopes to request from the provider, such as `openid profile`. */
  scope: string;
  /** The claim with the number of the tenant; undefined if everybody belongs to the first. */
  tenantClaim: string | undefined;
  /** The claim with the scopes. */
  scopesClaim: string;
  /** The address at which browsers reach Roster. */
  url: string;
}

/** A person as the provider identified them. */
export interface Identified {
  tenant: number;
  /** The id of the person, the same at each sign-in. */
  id: string;
  name: string;
  scopes: readonly Scope[];
  /** How long the provider vouches for this, in milliseconds since 1970. */
  until: number;
}

/** The state of a sign-in, which the browser keeps while its person is at the provider. */
interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  to: string;
  until: number;
}

/** How long a person may take at the provider, in milliseconds. */
const patience = 10 * 60_000;

type Library = typeof import("openid-client");

/** Signs people in with an OpenID provider: authorization code flow with PKCE, state and nonce. */
export class OpenId {
  readonly #settings: OpenIdSettings;
  readonly #logger: Logger;
  /** Known to all nodes with these settings. */
  readonly #sealKey: string;
  #provider: Promise<[Library, Configuration]> | undefined;

  constructor(settings: OpenIdSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#sealKey = sealKeyOf(`${settings.clientId} ${settings.clientSecret}`);
  }

  get label(): string {
    return this.#settings.label;
  }

  /**
   * Begins a sign-in.
   * @param to the path to which the person wants to return
   * @returns the address to send the browser to, and the sealed state that it has to bring back
   * @throws RosterError UNAVAILABLE if the provider does not answer
   */
  async start(to: string): Promise<{ location: string; pending: string }> {
    const [library, provider] = await this.#discovered();
    const [state, nonce] = [library.randomState(), library.randomNonce()];
    const verifier = library.randomPKCECodeVerifier();
    const location = library.buildAuthorizationUrl(provider, {
      redirect_uri: this.#callback,
      scope: this.#settings.scope,
      state,
      nonce,
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const pending: Pending = { state, nonce, verifier, to, until: Date.now() + patience };
    return { location: location.href, pending: seal(JSON.stringify(pending), this.#sealKey) };
  }

  /**
   * Ends a sign-in.
   * @param query of the address to which the provider has sent the browser
   * @param sealed the sealed state that the browser has kept
   * @returns the person, and the path to return to
   * @throws RosterError UNAUTHENTICATED, FORBIDDEN or UNAVAILABLE
   */
  async finish(query: string, sealed: string | undefined): Promise<{ person: Identified; to: string }> {
    const { state, nonce, verifier, to } = this.#opened(sealed);
    const [library, provider] = await this.#discovered();
    try {
      const tokens = await library.authorizationCodeGrant(provider, new URL(this.#callback + query), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new Error("the provider sent no ID token");
      // Providers put further claims into the ID token, or answer them when asked.
      const more = provider.serverMetadata().userinfo_endpoint
        ? await library.fetchUserInfo(provider, tokens.access_token, claims.sub)
        : {};
      return { person: this.#read({ ...more, ...claims }), to };
    } catch (error) {
      if (error instanceof RosterError) throw error;
      this.#logger.warn({ err: error }, "a sign-in with the OpenID provider failed");
      throw new RosterError("UNAUTHENTICATED", "the provider did not confirm the sign-in", { cause: error });
    }
  }

  get #callback(): string {
    return `${this.#settings.url}/console/session/callback`;
  }

  #opened(sealed: string | undefined): Pending {
    try {
      const pending = JSON.parse(unseal(sealed ?? "", this.#sealKey)) as Pending;
      if (pending.until > Date.now()) return pending;
    } catch {
      // Reported below.
    }
    throw new RosterError("UNAUTHENTICATED", "the sign-in took too long or began in another browser");
  }

  /** The library and the provider's configuration. The first sign-in loads both. */
  async #discovered(): Promise<[Library, Configuration]> {
    this.#provider ??= this.#discover();
    try {
      return await this.#provider;
    } catch (error) {
      this.#provider = undefined;
      this.#logger.error({ err: error }, "the OpenID provider does not answer");
      throw new RosterError("UNAVAILABLE", "the provider cannot be reached", { cause: error });
    }
  }

  async #discover(): Promise<[Library, Configuration]> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const library = await import("openid-client");
    const address = new URL(issuer);
    // Tests and tunnels: the settings allow it for this machine alone.
    const execute = address.protocol === "http:" ? [library.allowInsecureRequests] : [];
    const provider = await library.discovery(address, clientId, clientSecret, undefined, { execute });
    return [library, provider];
  }

  /** Reads the identity and the scopes of a person. @throws RosterError FORBIDDEN */
  #read(claims: Readonly<Record<string, unknown>> & { iss: string; sub: string; exp: number }): Identified {
    const { tenantClaim, scopesClaim } = this.#settings;
    const tenant = tenantClaim === undefined ? 1 : tenantNumber(claims[tenantClaim]);
    if (tenant === undefined)
      throw new RosterError("FORBIDDEN", `the provider names no tenant in ${tenantClaim}`);
    const given = claims[scopesClaim];
    const texts = Array.isArray(given) ? given : typeof given === "string" ? given.split(/[\s,]+/) : [];
    const scopes = allScopes.filter((scope) => texts.includes(scope));
    if (scopes.length === 0)
      throw new RosterError("FORBIDDEN", `the provider gives no scope of Roster in ${scopesClaim}`);
    const names = [claims["name"], claims["preferred_username"], claims["email"], claims.sub];
    return {
      tenant,
      id: hash("sha256", `${claims.iss} ${claims.sub}`, "hex").slice(0, 32),
      name: names.map(shownName).find((name) => name !== "") ?? "",
      scopes,
      until: claims.exp * 1000,
    };
  }
}

/** The number of a tenant in a claim; undefined for anything that only resembles one, such as `true` or `0x1`. */
function tenantNumber(claim: unknown): number | undefined {
  const isNumber = typeof claim === "number" || typeof claim === "string";
  return isNumber && /^[1-9]\d{0,14}$/.test(String(claim)) ? Number(claim) : undefined;
}

/** The longest name of a person, in characters. */
const maxName = 255;

/** A name in a claim as people see it, in one line that every database stores; empty if the claim has none. */
function shownName(claim: unknown): string {
  if (typeof claim !== "string") return "";
  return Array.from(claim.replaceAll(/[\p{Cc}\p{Cs}]+/gu, " ").trim())
    .slice(0, maxName)
    .join("");
}
