import { expect, it } from "vitest";
import { recordTypes } from "../record-types.ts";
import { fieldGroups, type Fields } from "./field.ts";
import { groupOf, labelOf } from "./label.ts";

it("puts the name of a field into words, unless the policy has a better one", () => {
  const { customer } = recordTypes;
  expect(labelOf("phone", customer.phone)).toBe("Phone");
  expect(labelOf("dateOfBirth", customer.dateOfBirth)).toBe("Date of birth");
  expect(labelOf("avatarUrl", customer.avatarUrl)).toBe("Avatar URL");
  expect(labelOf("addressCity", customer.addressCity)).toBe("City");
});

it("gives each field of a type a label of its own and a group", () => {
  for (const fields of Object.values<Fields>(recordTypes)) {
    const labels = Object.entries(fields).map(([name, field]) => labelOf(name, field));
    expect(new Set(labels).size).toBe(labels.length);
    for (const field of Object.values(fields)) expect(fieldGroups).toContain(groupOf(field));
  }
});

it("keeps ids and spellings out of the first fields that people read", () => {
  const { customer } = recordTypes;
  expect(groupOf(customer.providedId)).toBe("technical");
  expect(groupOf(customer.phoneAsWritten)).toBe("technical");
  expect(groupOf(customer.email)).toBe("contact");
  expect(groupOf(customer.parent)).toBe("hierarchy");
});
