import type { AppRouter as ServerRouter } from "@roster/api";

/**
 * Exists only for its type and never has a value. A declaration file spells out the type of a value in full,
 * whereas an alias would refer to the server's package, which callers do not have.
 */
export const routerType = ((): ServerRouter => undefined as never)();

/** The types of all procedures, for anything that takes a tRPC router type. */
export type AppRouter = typeof routerType;
