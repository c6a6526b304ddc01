"use server";

import { faults, isStale } from "@roster/client";
import { revalidatePath } from "next/cache";
import { openRoster } from "../roster.js";

/**
 * Saves a customer, unless someone else changed it since the page was made.
 * @returns what the form shows: a message for each field that has a fault, or one for the whole form
 */
export async function saveCustomer(id, expectedVersion, _before, form) {
  const { client } = await openRoster();
  return told("/patch", form, (patch) =>
    client.customer.update.mutate({ where: { id }, patch, expectedVersion }),
  );
}

export async function createCustomer(_before, form) {
  const { client } = await openRoster();
  return told("", form, (values) => client.customer.create.mutate(values));
}

async function told(place, form, call) {
  const typed = Object.fromEntries(["name", "email"].map((field) => [field, form.get(field) || null]));
  try {
    await call(typed);
  } catch (error) {
    const found = Object.entries(faults(error)).map(([pointer, [first]]) => [
      pointer.slice(`${place}/`.length),
      first.message,
    ]);
    if (found.length > 0) return { typed, errors: Object.fromEntries(found) };
    if (isStale(error)) return { typed, errors: { form: "Someone else changed it. Reload the page." } };
    throw error;
  }
  revalidatePath("/");
  return { errors: {} };
}
