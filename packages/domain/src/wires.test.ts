import { describe, expect, test } from "vitest";
import { customerView } from "./customer/customer-update.ts";
import type { ChangeEntryJson } from "./record/history.ts";
import { fieldsWhere } from "./record/field.ts";
import { recordTypes } from "./record-types.ts";
import { accepted, customers, frozen, later } from "./testing/records.ts";
import { samples } from "./testing/samples.ts";
import { changeEntryWire, pageWire, plain, type Wire } from "./wire.ts";
import * as all from "./wires.ts";
import { customerUpdateWire, customerWire } from "./wires.ts";

const now = "2020-01-01T00:00:00.000Z";
/** Looks like instants, under the names of instant fields. */
const data = { createdAt: now, deep: [{ timestamp: now }], [now]: now };

const json = frozen(
  customerView(
    accepted(
      customers.create(
        {
          dateOfBirth: "2019-08-24",
          timestamp: now,
          name: now,
          properties: data,
          mapping: data,
          groupTags: [now],
        },
        later,
      ),
    ).next,
    [],
  ),
);

const wireOf = (type: string) =>
  (all as unknown as Record<string, Wire<object, Record<string, unknown>>>)[`${type}Wire`] ?? plain();

describe.each(Object.entries(recordTypes))("a %s", (type, fields) => {
  test("is decoded with a Date in each instant field, and everything else unchanged", () => {
    const record = Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, samples(field)[0].kept]),
    );
    const decoded = wireOf(type).decode(frozen(record));
    const instants = fieldsWhere(fields, (field) => field.kind === "instant");
    expect(instants).toContain("createdAt");
    expect(decoded).toEqual({
      ...record,
      ...Object.fromEntries(instants.map((name) => [name, new Date(record[name] as string)])),
    });
  });

  test("keeps null for an unset instant", () => {
    expect(wireOf(type).decode({ deletedAt: null })).toEqual({ deletedAt: null });
  });
});

describe("a customer", () => {
  test("keeps a calendar date as text and converts nothing inside properties or mapping", () => {
    const decoded = customerWire.decode(json);
    expect(decoded).toEqual({
      ...json,
      timestamp: new Date(now),
      createdAt: new Date(later.now),
      updatedAt: new Date(later.now),
    });
    expect(decoded.computedProperties).toEqual(data);
  });

  test("in the reply of an update is decoded, but the changes, which are data, are not", () => {
    const reply = {
      customer: json,
      version: 2,
      applied: true,
      changes: [{ path: "/timestamp", from: null, to: now }],
    };
    const decoded = customerUpdateWire.decode(reply);
    expect(decoded).toEqual({ ...reply, customer: customerWire.decode(json) });
  });

  test("in a page is decoded", () => {
    const page = pageWire(customerWire).decode({ items: [json, json], nextCursor: now });
    expect(page).toEqual({ items: [customerWire.decode(json), customerWire.decode(json)], nextCursor: now });
  });
});

test("a history entry has its time as a Date and its changes unchanged", () => {
  const entry: ChangeEntryJson = {
    seq: 1,
    recordType: "customer",
    recordId: "1",
    version: 2,
    action: "update",
    at: now,
    actor: "token:1",
    by: { kind: "token", id: "token:1", name: now },
    source: "trpc",
    reason: now,
    changes: [{ path: "/activationDate", from: now, to: now }],
  };
  expect(changeEntryWire.decode(frozen(entry))).toEqual({ ...entry, at: new Date(now) });
});

test("plain values are not touched", () => {
  expect(plain<typeof data>().decode(data)).toBe(data);
});
