import type {
  Customer,
  CustomerListInput,
  CustomerUpdate,
  CustomerWhere,
  User,
  UserListInput,
  UserUpdate,
  UserWhere,
} from "@roster/domain";

/** The types of record that have hooks. */
export interface Records {
  customer: {
    record: Customer;
    where: CustomerWhere;
    update: CustomerUpdate;
    list: CustomerListInput;
  };
  user: { record: User; where: UserWhere; update: UserUpdate; list: UserListInput };
}

export type RecordOf<Type extends keyof Records> = Records[Type]["record"];
/** The members of an update besides the record, and without the options that the hooks set themselves. */
export type UpdateOf<Type extends keyof Records> = Omit<
  Records[Type]["update"],
  "where" | "dryRun" | "onConflict"
>;
