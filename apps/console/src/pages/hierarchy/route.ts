import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Network } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

export const hierarchyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "hierarchy",
  component: lazyRouteComponent(() => arriving(() => import("./hierarchy-page.tsx"))),
  staticData: {
    nav: { label: messages.pages.hierarchy, icon: Network, section: "records", scope: "customers:read" },
  },
});
