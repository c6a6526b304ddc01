import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { LayoutDashboard } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

export const dashboardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "dashboard",
  component: lazyRouteComponent(() => arriving(() => import("./dashboard-page.tsx"))),
  staticData: { nav: { label: messages.pages.home, icon: LayoutDashboard, section: "work" } },
});
