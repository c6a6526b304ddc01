/** The most bytes of a body: a group of 10,000 members with their names has more than a MiB. */
export const maxScimBody = 4 * 1024 * 1024;
/** The most operations of a bulk request. */
export const maxBulkOperations = 1_000;
