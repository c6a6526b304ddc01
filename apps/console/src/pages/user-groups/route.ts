import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Group } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

export const userGroupsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "user-groups",
  component: lazyRouteComponent(() => arriving(() => import("./list-page.tsx"))),
  staticData: {
    nav: { label: messages.pages.userGroups, icon: Group, section: "records", scope: "users:read" },
  },
});

export const userGroupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "user-groups/$id",
  component: lazyRouteComponent(() => arriving(() => import("./group-page.tsx"))),
});
