import { actions } from "@roster/domain";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Activity } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

/** Which changes show; what is undefined does not matter. */
export interface ActivityState {
  type?: string;
  action?: string;
  source?: string;
  actor?: string;
  day?: string;
}

const keys = ["type", "action", "source", "actor", "day"] as const;

export const activityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "activity",
  validateSearch: (search: Record<string, unknown>): ActivityState =>
    Object.fromEntries(
      keys.flatMap((key) => {
        const value = search[key];
        if (typeof value !== "string" || value === "") return [];
        return key === "action" && !actions.some((action) => action === value) ? [] : [[key, value]];
      }),
    ),
  component: lazyRouteComponent(() => arriving(() => import("./activity-page.tsx"))),
  staticData: { nav: { label: messages.pages.activity, icon: Activity, section: "work" } },
});
