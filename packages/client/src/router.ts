import type { AppRouter as ServerRouter } from "@roster/api";

/**
 * Never a value: it is here for its type. A declaration file spells out the type of a value in full,
 * where it would only point at the server's package for an alias, which callers don't have.
 */
export const routerType = ((): ServerRouter => undefined as never)();

/** The types of all procedures, for whatever takes a tRPC router type. */
export type AppRouter = typeof routerType;
