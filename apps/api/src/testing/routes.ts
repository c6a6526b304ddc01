import { createApp, type AppParts } from "../rest/app.ts";

/** Every served route as method and path, such as `GET /api/customers/:id`. */
export function routes(): string[] {
  const nothing = {} as Pick<AppParts, "roster">;
  const app = createApp({ ...nothing, metrics: {}, metricsToken: "token" } as AppParts);
  return [...new Set(app.routes.map(({ method, path }) => `${method} ${path}`))];
}
