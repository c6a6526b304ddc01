/** The exit codes of commands. */
export const exits = { done: 0, failed: 1, pending: 2, newer: 3 } as const;
