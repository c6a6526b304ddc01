import { allPaths, type AppParts } from "../rest/app.ts";

/** Every served route as method and path, such as `GET /api/customers/:id`. Procedures have a list of their own. */
export function routes(): string[] {
  const nothing = {} as Pick<AppParts, "roster">;
  const paths = allPaths({ ...nothing, metrics: {}, metricsToken: "token" } as AppParts);
  return paths
    .filter(({ path }) => !path.includes("*"))
    .flatMap(({ path, routes: own }) =>
      [...own.keys()].map((method) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
}
