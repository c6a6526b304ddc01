import { createApp, type AppParts } from "../rest/app.ts";

/** Every route that is served, as method and path, such as `GET /api/customers/:id`. None is called. */
export function routes(): string[] {
  const nothing = {} as Pick<AppParts, "roster">;
  const app = createApp({ ...nothing, metrics: {}, metricsToken: "token" } as AppParts);
  return [...new Set(app.routes.map(({ method, path }) => `${method} ${path}`))];
}
