import { createTRPCClient, type TRPCLink } from "@trpc/client";
import { expect, it } from "vitest";
import type { AppRouter } from "./router.ts";
import { shareLink } from "./share-link.ts";

it("a call that a link cannot send is refused, and does not wait forever", async () => {
  const broken: TRPCLink<AppRouter> = () => () => {
    throw new ReferenceError("Blob is not defined");
  };
  const client = createTRPCClient<AppRouter>({ links: [shareLink(broken, broken)] });
  await expect(client.me.get.query()).rejects.toThrow("Blob is not defined");
});
