import { createRouter } from "@tanstack/react-router";
import { pages } from "../pages/index.ts";
import { rootRoute } from "./root-route.tsx";

export const router = createRouter({
  routeTree: rootRoute.addChildren(pages),
  basepath: "/console",
  defaultPreload: "intent",
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
