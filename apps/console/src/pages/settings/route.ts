import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { Settings } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

export const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "settings",
  beforeLoad({ location }) {
    // oxlint-disable-next-line only-throw-error -- the router reads what is thrown
    if (location.pathname.endsWith("/settings"))
      throw redirect({ to: "/settings/$section", params: { section: "tenant" } });
  },
  staticData: {
    nav: { label: messages.pages.settings, icon: Settings, section: "tenant", scope: "customers:read" },
  },
});

/** `/settings/tokens`, `/settings/webhooks` and so on. */
export const settingsSectionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "settings/$section",
  component: lazyRouteComponent(() => arriving(() => import("./settings-page.tsx"))),
});
