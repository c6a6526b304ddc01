/** What there is in the world that requests are about, by the names that requests have for it. */

/** Whose token a request comes with. */
export const tokens = ["admin", "reader", "users", "neighbour", "strict"] as const;

export const tags = ["gold", "silver", "x ' \" y"];
export const levels = ["Group", "Company", "Site"];
export const providedIds = ["acme", "acme-de", "acme-de-berlin", "other", "ünïcode 😀"];
export const usernames = ["ada", "grace", "joan"];

/** Ids of live records, as requests name them. */
export const customerIds = providedIds.map((_id, i) => `@@customer${i}@@`);
export const userIds = usernames.map((_name, i) => `@@user${i}@@`);
/** Ids of records in every state. */
export const ids = [...customerIds, ...userIds, "@@deleted@@", "@@erased@@", "@@merged@@"];
