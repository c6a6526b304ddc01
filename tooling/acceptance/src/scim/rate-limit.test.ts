import { expect, it } from "vitest";
import { useScim } from "./scim.ts";

const world = useScim({ SCIM_REQUESTS_PER_SECOND: "1" });

it("a token with too many requests gets a time to retry; other surfaces go on", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 30; i++) {
    const { status, headers, body } = await world.scim("GET", "/ServiceProviderConfig");
    statuses.push(status);
    if (status !== 429) continue;
    expect(headers.get("retry-after")).toBe("1");
    expect(body).toMatchObject({ status: "429" });
    break;
  }
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 200));
  expect(statuses.at(-1)).toBe(429);
  expect((await world.rpc("user.list", {})).status).toBe(200);
});
