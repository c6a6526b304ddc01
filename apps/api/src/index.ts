import type { Dialect, Entities } from "./store/entities.ts";

export { createApi, type Api, type ApiConfig } from "./compose.ts";
export { httpServer } from "./rest/http-server.ts";
export type * from "./report/report-types.ts";
export type { AppRouter } from "./trpc/router.ts";
export type { Dialect, Entities, Entity } from "./store/entities.ts";

/**
 * The MikroORM entities of the tables, made from the field policies. The first call loads MikroORM.
 * @param database decides the column types; everything else is the same on both databases
 */
export const entities = async (database: Dialect): Promise<Entities> =>
  (await import("./store/entities.ts")).entitiesOf(database);
