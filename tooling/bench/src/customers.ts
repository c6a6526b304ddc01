import type { StoredCustomer } from "@roster/domain";

/** The invented customers of the benchmark. Every program makes the same customer from the same index. */

/** A UUID of version 7, in the order of the index. */
export function customerId(index: number): string {
  const time = (Date.UTC(2026, 0, 1) + index).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, "0")}`;
}

const firstNames = ["Ada", "Alan", "Barbara", "Edsger", "Frances", "Grace", "Hedy", "Ken", "Lynn", "Niklaus"];
const lastNames = ["Adler", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Horvat"];
const cities = ["Bergen", "Graz", "Lyon", "Porto", "Siena", "Utrecht", "Zagreb"];
const plans = ["free", "team", "pro"];

const pick = (list: readonly string[], index: number): string => list[index % list.length] as string;
const padded = (index: number): string => index.toString().padStart(8, "0");

type Input = Pick<
  StoredCustomer,
  | "providedId"
  | "name"
  | "firstName"
  | "lastName"
  | "email"
  | "emails"
  | "phone"
  | "dateOfBirth"
  | "gender"
  | "addressState"
  | "address"
  | "addressStreet"
  | "addressNeighborhood"
  | "addressCountry"
  | "properties"
>;

/** The fields of a customer in a request: about twenty, with one JSON object. */
export function customerInput(index: number): Input {
  const firstName = pick(firstNames, index);
  const lastName = pick(lastNames, index >> 3);
  const email = `customer.${padded(index)}@example.com`;
  return {
    providedId: `customer-${padded(index)}`,
    name: `Customer ${padded(index)}`,
    firstName,
    lastName,
    email,
    emails: [email],
    phone: `+4930${10_000_000 + (index % 90_000_000)}`,
    dateOfBirth: `19${60 + (index % 40)}-0${1 + (index % 9)}-${10 + (index % 19)}`,
    gender: index % 2 === 0 ? "female" : "male",
    addressState: "State",
    address: `${1 + (index % 200)} Main Street`,
    addressStreet: `${1 + (index % 200)} Main Street`,
    addressNeighborhood: pick(cities, index),
    addressCountry: "DE",
    properties: { plan: pick(plans, index), seats: index % 50, trial: index % 5 === 0, region: "north" },
  };
}

/** The fields that the n-th update sets: two texts and two keys of a JSON object, all new. */
export const updatePatch = (n: number) => ({
  addressState: `State ${n}`,
  addressNeighborhood: `${pick(cities, n)} ${n}`,
  properties: { plan: `plan ${n}`, seats: n },
});

/**
 * An order that visits every customer of a range once before it comes back to any, far apart from one
 * request to the next.
 *
 * @returns the index of the customer of the n-th request
 */
export function scatter(first: number, count: number): (n: number) => number {
  let step = Math.max(1, Math.floor(count * 0.618));
  while (greatestDivisor(step, count) !== 1) step++;
  return (n) => first + ((n * step) % count);
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
