import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Combine } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

export const duplicatesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "duplicates",
  component: lazyRouteComponent(() => arriving(() => import("./duplicates-page.tsx"))),
  staticData: {
    nav: { label: messages.pages.duplicates, icon: Combine, section: "work", scope: "customers:write" },
  },
});

/** The customers to merge, as they stand in the address. */
export interface MergeState {
  from?: string;
  into?: string;
}

export const mergeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "duplicates/merge",
  validateSearch: ({ from, into }: Record<string, unknown>): MergeState => ({
    ...(typeof from === "string" && { from }),
    ...(typeof into === "string" && { into }),
  }),
  component: lazyRouteComponent(() => arriving(() => import("./merge-page.tsx"))),
});
