import type { RosterClient } from "@roster/client";
import type { Customer, CustomerCreate, User, UserCreate } from "@roster/domain";

/** Makes records for tests, each with unique values, except in the fields that the test sets. */
export interface Factories {
  /** Creates a customer with a name, a `providedId` and an email address of its own. */
  customer(fields?: CustomerCreate): Promise<Customer>;
  /**
   * Creates several customers in one request.
   * @param count 1 to 1,000
   * @param fields of all, or of each by its index
   * @returns their ids, in order
   */
  customers(count: number, fields?: Each<CustomerCreate>): Promise<string[]>;
  /** Creates a user with a username, a name and an email address of its own. */
  user(fields?: UserCreate): Promise<User>;
  /** Creates several users in one request, like `customers`. */
  users(count: number, fields?: Each<UserCreate>): Promise<string[]>;
}

type Each<Create> = Create | ((index: number) => Create);

/** @param client creates the records; it needs the scopes for that */
export function factories(client: RosterClient): Factories {
  let made = 0;
  const customer = (fields: CustomerCreate = {}): CustomerCreate => {
    const number = ++made;
    return {
      name: `Customer ${number}`,
      providedId: `customer-${number}`,
      email: `customer-${number}@customers.example`,
      ...fields,
    };
  };
  const user = (fields?: UserCreate): UserCreate => {
    const number = ++made;
    return {
      username: `user-${number}`,
      firstName: "User",
      lastName: String(number),
      email: `user-${number}@users.example`,
      ...fields,
    };
  };
  const each = <Create>(count: number, one: (fields?: Create) => Create, fields?: Each<Create>) =>
    Array.from({ length: count }, (_, index) =>
      one(typeof fields === "function" ? (fields as (index: number) => Create)(index) : fields),
    );
  const idsOf = ({ items }: { items: readonly object[] }) => items.map((item) => (item as { id: string }).id);
  return {
    customer: (fields) => client.customer.create.mutate(customer(fields)),
    customers: async (count, fields) =>
      idsOf(await client.customer.createMany.mutate({ items: each(count, customer, fields) })),
    user: (fields) => client.user.create.mutate(user(fields)),
    users: async (count, fields) =>
      idsOf(await client.user.createMany.mutate({ items: each(count, user, fields) })),
  };
}
