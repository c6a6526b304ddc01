import {
  customerFields,
  type Customer,
  type CustomerJson,
  type StoredCustomer,
} from "./customer/customer.ts";
import { fieldsWhere, type Fields } from "./record/field.ts";
import { userFields, type StoredUser, type User, type UserJson } from "./user/user.ts";

/** The fields that are stored, with instants as text. */
function stored(fields: Fields, record: object): Record<string, unknown> {
  const names = fieldsWhere(fields, ({ computed }) => !computed);
  const values = record as Record<string, unknown>;
  return Object.fromEntries(
    names.map((name) => {
      const value = values[name];
      return [name, value instanceof Date ? value.toISOString() : value];
    }),
  );
}

/** Converts a customer from a typed client or the wire to the stored form that the rules take. */
export const storedCustomer = (customer: Customer | CustomerJson): StoredCustomer =>
  stored(customerFields, customer) as unknown as StoredCustomer;

/** Converts a user from a typed client or the wire to the stored form that the rules take. */
export const storedUser = (user: User | UserJson): StoredUser =>
  stored(userFields, user) as unknown as StoredUser;
