import { expect, it } from "vitest";
import { createApi } from "./compose.ts";

const databaseUrl = "sqlite::memory:";
const token = "token-of-this-test";

it.each<[object, string]>([
  [{ databaseUrl: undefined }, "the database must be sqlite: and the path"],
  [{ databaseUrl: "" }, "the database must be sqlite: and the path"],
  [{ databaseUrl: "mysql://root@db/roster" }, "the database must be sqlite: and the path"],
  [{ token: "" }, "token: must not be empty"],
  [{ maxBatch: 0 }, "maxBatch: must be 1 or more"],
  [{ maxQueue: NaN }, "maxQueue: must be 1 or more"],
  [{ webhooks: { secret: "short" } }, "webhooks.secret: must have 32 characters"],
])("an api is not created with the options %o", async (wrong, message) => {
  await expect(createApi({ databaseUrl, ...wrong })).rejects.toThrow(message);
});

it("an api can be closed by several at once", async () => {
  const api = await createApi({ databaseUrl, token });
  await Promise.all([api.close(), api.close()]);
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await api.fetch(new Request("http://x/api/customers", { headers }));
  expect(status).toBe(503);
});
