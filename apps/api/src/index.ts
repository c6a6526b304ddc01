export { createApi, type Api, type ApiConfig } from "./compose.ts";
export type { AppRouter } from "./trpc/router.ts";
