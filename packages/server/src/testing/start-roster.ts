import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createApi, httpServer, type Api, type ApiConfig } from "@roster/api";
import { createLocalClient, type RosterClient } from "@roster/client";
import type { Scope } from "@roster/domain";
import { factories, type Factories } from "./factories.ts";

/** A Roster for the tests of a program that uses one. */
export interface TestRoster extends AsyncDisposable {
  /** The api, to mount in the program under test. */
  readonly api: Api;
  /** An admin token of the first tenant. */
  readonly token: string;
  /** A client in process with that token. */
  readonly client: RosterClient;
  /** Makes records. */
  readonly make: Factories;
  /** Makes a client in process whose token has only these scopes. */
  clientWith(...scopes: Scope[]): Promise<RosterClient>;
  /**
   * Serves the api over HTTP until `close`, for programs that call it by its address.
   * @returns the address, such as `http://127.0.0.1:49152`; the same for each call
   */
  listen(): Promise<string>;
  /** Stops it, and deletes its records. */
  close(): Promise<void>;
}

/** The options of `createApi`, except for the database. */
export type TestRosterOptions = Omit<ApiConfig, "databaseUrl" | "otherDatabaseUrls" | "databaseWriters">;

/**
 * Starts a Roster on a new database that disappears with it, with an admin token. Nothing is shared between two
 * of them, so that tests can run side by side.
 */
export async function startRoster(options: TestRosterOptions = {}): Promise<TestRoster> {
  const token = options.token ?? randomBytes(18).toString("base64url");
  const api = await createApi({ ...options, token, databaseUrl: "sqlite::memory:" });
  const client = createLocalClient(api, { token });
  let server: ReturnType<typeof httpServer> | undefined;
  let listening: Promise<string> | undefined;

  const serve = async (): Promise<string> => {
    server = httpServer(api.fetch, options.logger);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  let closing: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    api.hangUp();
    if (server) {
      const ended = once(server, "close");
      server.close();
      server.closeAllConnections();
      await ended;
    }
    await api.close();
  };
  const close = () => (closing ??= end());
  return {
    api,
    token,
    client,
    make: factories(client),
    async clientWith(...scopes) {
      const { token } = await client.token.create.mutate({ name: scopes.join(" "), scopes });
      return createLocalClient(api, { token });
    },
    listen: () => (listening ??= serve()),
    close,
    [Symbol.asyncDispose]: close,
  };
}
