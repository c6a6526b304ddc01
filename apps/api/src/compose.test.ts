import { createLocalClient, isUnavailable, type RosterClient } from "@roster/client";
import { expect, it } from "vitest";
import { createApi, type Api, type ApiConfig } from "./compose.ts";

const databaseUrl = "sqlite::memory:";
const token = "token-of-this-test";

it.each<[object, string]>([
  [{ databaseUrl: undefined }, "databaseUrl must be sqlite: and the path"],
  [{ databaseUrl: "" }, "databaseUrl must be sqlite: and the path"],
  [{ databaseUrl: "mysql://root@db/roster" }, "databaseUrl must be sqlite: and the path"],
  [{ token: "" }, "token must be printable ASCII and not empty"],
  [{ metricsToken: "" }, "metricsToken must be printable ASCII"],
  [{ maxBatch: 0 }, "maxBatch must be 1 or more"],
  [{ maxQueue: NaN }, "maxQueue must be a number"],
  [{ patience: -1 }, "patience must be 0 or more"],
  [{ scimRate: 0 }, "scimRate must be 1 or more"],
  [{ corsOrigins: ["*"] }, "corsOrigins.0 must be origins"],
  [{ webhooks: { secret: "short" } }, "webhooks.secret must have 32 characters"],
  [
    { webhooks: { timeout: 0, retries: [NaN] } },
    "webhooks.timeout must be 1 or more; webhooks.retries.0 must",
  ],
])("an api is not created with the options %o", async (wrong, message) => {
  await expect(createApi({ databaseUrl, ...wrong } as ApiConfig)).rejects.toThrow(message);
});

it("an api that is closed, once or twice, refuses further calls as unavailable", async () => {
  const api: Api = await createApi({ databaseUrl, token });
  const client: RosterClient = createLocalClient(api, { token, retries: 0 });
  const { id } = await client.customer.create.mutate({ name: "Acme" });
  const calls = [
    () => client.customer.get.query({ where: { id } }),
    () => client.customer.create.mutate({ name: "Acme" }),
    () => client.change.watch({ after: 0 }).next(),
  ];
  const refused = async () => {
    for (const call of calls) expect(isUnavailable(await call().catch((error: unknown) => error))).toBe(true);
  };
  const closing = Promise.all([api.close(), api.close()]);
  await refused();
  await closing;
  await api.close();
  await refused();
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await api.fetch(new Request(`http://x/api/customers/${id}`, { headers }));
  expect(status).toBe(503);
});
