import { createRoute, redirect } from "@tanstack/react-router";
import { rootRoute } from "../../app/root-route.tsx";

/** The console opens with the customers. */
export const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    // oxlint-disable-next-line only-throw-error -- the router reads what is thrown
    throw redirect({ to: "/customers" });
  },
});
