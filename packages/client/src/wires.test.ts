import {
  channelWire,
  customerUpdateWire,
  customerWire,
  pageWire,
  plain,
  userWire,
  type Customer,
  type Page,
} from "@roster/domain";
import { expect, it } from "vitest";
import { createClient } from "./client.ts";
import { isNetworkFailure } from "./errors.ts";
import { fakeRoster } from "./testing/fake-roster.ts";
import { wires, type Wires } from "./wires.ts";

const instant = "2024-05-06T07:08:09.123Z";

it("the compiler checks each procedure's wire against its type", () => {
  const { customer, groupTag } = wires;
  const { list: _list, ...forgotten } = customer;
  // The right wires fit.
  customer satisfies Wires["customer"];
  ({ ...customer, update: customerUpdateWire }) satisfies Wires["customer"];
  // @ts-expect-error: a procedure is missing
  forgotten satisfies Wires["customer"];
  // @ts-expect-error: a procedure that does not exist
  ({ ...customer, destroy: customerWire }) satisfies Wires["customer"];
  // @ts-expect-error: another record's wire
  ({ ...customer, get: userWire }) satisfies Wires["customer"];
  // @ts-expect-error: the wire of an update, whose answer lacks `created`
  ({ ...customer, upsert: customerUpdateWire }) satisfies Wires["customer"];
  // @ts-expect-error: only one of the two records in the answer
  ({ ...customer, unmerge: customerUpdateWire }) satisfies Wires["customer"];
  // @ts-expect-error: another record's wire, even if it decodes to more
  ({ ...groupTag, create: channelWire }) satisfies Wires["groupTag"];
  // @ts-expect-error: a record instead of a page
  ({ ...customer, list: customerWire }) satisfies Wires["customer"];
  // @ts-expect-error: instants that stay text
  ({ ...customer, list: plain() }) satisfies Wires["customer"];
  // @ts-expect-error: instants declared as `Date`, which JSON lacks
  ({ ...customer, list: plain<Page<Customer>>() }) satisfies Wires["customer"];
  expect(Object.keys(pageWire(customerWire))).toEqual(["decode"]);
});

it("the client decodes instants where the types name them, and nothing that only looks like one", async () => {
  const lookalikes = { createdAt: instant, nested: { at: instant, list: [instant] } };
  const record = {
    id: "x",
    name: instant,
    dateOfBirth: "2019-08-24",
    createdAt: instant,
    updatedAt: instant,
    deletedAt: null,
    timestamp: instant,
    properties: lookalikes,
    computedProperties: lookalikes,
    mapping: lookalikes,
    computedMapping: lookalikes,
  };
  const decoded = {
    ...record,
    createdAt: new Date(instant),
    updatedAt: new Date(instant),
    timestamp: new Date(instant),
  };
  const change = { path: "/timestamp", from: null, to: instant };
  const updated = { customer: record, version: 2, applied: true, changes: [change] };
  const answers: Record<string, unknown> = {
    "customer.get": record,
    "customer.create": record,
    "customer.list": { items: [record], nextCursor: null },
    "customer.update": updated,
    "customer.updateMany": { items: [{ index: 0, id: "x", version: 2, applied: true, changes: [change] }] },
  };
  const { fetch } = fakeRoster((_input, path) => answers[path]);
  const { customer } = createClient({ url: "http://roster.test", token: "t", fetch });
  const where = { id: "x" };
  expect(await customer.get.query({ where })).toEqual(decoded);
  expect(await customer.create.mutate({})).toEqual(decoded);
  expect(await customer.list.query()).toEqual({ items: [decoded], nextCursor: null });
  expect(await customer.update.mutate({ where })).toEqual({
    customer: decoded,
    version: 2,
    applied: true,
    changes: [change],
  });
  // A change holds stored values as text, because it may concern any field.
  expect((await customer.updateMany.mutate({ items: [{ where }] })).items).toEqual([
    { index: 0, id: "x", version: 2, applied: true, changes: [change] },
  ]);
});

it("an answer of an unknown shape is a plain error, not a network failure, and is not retried", async () => {
  const { fetch, requests } = fakeRoster(() => ({ elements: [] }));
  const { customer } = createClient({ url: "http://roster.test", token: "t", fetch });
  const error: unknown = await customer.list.query().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message: expect.stringContaining("this client cannot read the answer to customer.list"),
  });
  expect(isNetworkFailure(error)).toBe(false);
  expect(requests).toHaveLength(1);
});

it("the wires have an entry for every procedure under its path", () => {
  const paths = Object.entries(wires).flatMap(([noun, verbs]) =>
    Object.keys(verbs).map((verb) => `${noun}.${verb}`),
  );
  expect(paths).toContain("customer.update");
  expect(paths).toContain("token.revoke");
  expect(new Set(paths).size).toBe(paths.length);
});
