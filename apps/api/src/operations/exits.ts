/** How a command ends, for scripts. */
export const exits = { done: 0, failed: 1, pending: 2, newer: 3 } as const;
