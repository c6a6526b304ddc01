import { newSqliteFile } from "@roster/api/testing/new-sqlite-file";
import { tamper } from "@roster/api/testing/look";
import { expect, it } from "vitest";
import { rpcOf } from "../rpc.ts";
import { startServer } from "../server.ts";

it("a database whose index of letters lacks some gets them when it is migrated", async () => {
  const { file, remove } = await newSqliteFile();
  const DATABASE_URL = `sqlite:${file}`;
  const first = await startServer({ DATABASE_URL });
  const found = async ({ url, token }: typeof first, noun: string) => {
    const { data } = await rpcOf(url, token)(`${noun}.list`, { search: "anna" });
    return (data["items"] as { number: number }[]).map(({ number }) => number);
  };
  const rpc = rpcOf(first.url, first.token);
  await rpc("customer.createMany", { items: [{ name: "Joanna" }, { name: "Anna" }] });
  await rpc("user.create", { firstName: "Anna" });
  await first.stop();
  await tamper(DATABASE_URL, "insert into search_index (search_index) values ('delete-all')");
  const damaged = await startServer({ DATABASE_URL });
  expect([await found(damaged, "customer"), await found(damaged, "user")]).toEqual([[], []]);
  await damaged.stop();
  await tamper(DATABASE_URL, "delete from migrations where name = '0006-search-index'");
  const migrated = await startServer({ DATABASE_URL });
  expect([await found(migrated, "customer"), await found(migrated, "user")]).toEqual([[2, 1], [1]]);
  await migrated.dispose();
  await remove();
});
