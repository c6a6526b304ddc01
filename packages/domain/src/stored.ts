import {
  customerFields,
  type Customer,
  type CustomerJson,
  type StoredCustomer,
} from "./customer/customer.ts";
import { fieldsWhere, isStored, type Fields } from "./record/field.ts";
import {
  userGroupFields,
  type StoredUserGroup,
  type UserGroup,
  type UserGroupJson,
} from "./user-group/user-group.ts";
import { userFields, type StoredUser, type User, type UserJson } from "./user/user.ts";

/** The fields that are stored, with instants as text. */
function stored(fields: Fields, record: object): Record<string, unknown> {
  const names = fieldsWhere(fields, isStored);
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

/** Converts a user group from a typed client or the wire to the stored form that the rules take. */
export const storedUserGroup = (group: UserGroup | UserGroupJson): StoredUserGroup =>
  stored(userGroupFields, group) as unknown as StoredUserGroup;
