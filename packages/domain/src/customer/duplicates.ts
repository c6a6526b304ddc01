import { absentTerm, byCodePoint, findables, termsOf, type Findable } from "../record/find.ts";
import type { StoredCustomer } from "./customer.ts";

/** Customers that may be the same: they share an address, a phone number, or a name and a birthday. */

export const likenesses = ["email", "phone", "nameAndBirthday"] as const;
export type Likeness = (typeof likenesses)[number];

/** How likely each likeness alone means that two customers are the same. */
const weights: Record<Likeness, number> = { email: 0.7, phone: 0.5, nameAndBirthday: 0.8 };

/** Two customers that may be the same. */
export interface DuplicatePair<Record> {
  a: Record;
  b: Record;
  /** The likelihood that they are the same, above 0 and below 1. */
  score: number;
  /** The likenesses that they share. */
  reasons: Likeness[];
}

export interface NotDuplicatesInput {
  /** The ids of two customers. */
  a: string;
  b: string;
  /** True takes it back: they may be the same again. */
  takeBack?: boolean | undefined;
}

const found = (name: string): Findable => findables("customer").get(name) as Findable;
/** The value of each likeness whose index is walked to find the customers that share it. */
const along: Record<Likeness, Findable> = {
  email: found("email"),
  phone: found("phone"),
  nameAndBirthday: found("dateOfBirth"),
};
const nameOf = found("name");

/** The name of the index in which those who share this stand side by side. */
export const indexOfLikeness = (likeness: Likeness): string => along[likeness].index;

/** The fields that the comparison reads. */
export const comparedFields: readonly string[] = [
  ...new Set(["id", "deletedAt", ...[...Object.values(along), nameOf].flatMap(({ from }) => from)]),
];

/** A customer as the comparison reads it. */
export type Compared = Pick<StoredCustomer, "id">;

/** The key that separates customers with the same term in an index: the name, if the term is a birthday. */
export const keyOfLikeness = (likeness: Likeness, customer: Compared): string | undefined =>
  likeness === "nameAndBirthday" ? termsOf(nameOf, customer).find((name) => name !== "") : "";

/** The likenesses of two customers, each with the term under which an index has both. */
export const alike = (a: Compared, b: Compared): { likeness: Likeness; term: string }[] =>
  likenesses.flatMap((likeness) => {
    const key = keyOfLikeness(likeness, a);
    if (key === undefined || key !== keyOfLikeness(likeness, b)) return [];
    const of = new Set(termsOf(along[likeness], a));
    const [term] = termsOf(along[likeness], b)
      .filter((one) => one !== absentTerm && of.has(one))
      .toSorted(byCodePoint);
    return term === undefined ? [] : [{ likeness, term }];
  });

/** How likely customers that share this are the same. */
export const scoreOf = (reasons: readonly Likeness[]): number =>
  Math.round((1 - reasons.reduce((unlike, one) => unlike * (1 - weights[one]), 1)) * 100) / 100;
