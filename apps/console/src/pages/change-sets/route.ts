import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Layers } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

const kinds = ["import", "bulk", "undo"] as const;
/** The kinds of change sets that the list shows; undefined for all. */
export interface ChangeSetsState {
  kind?: (typeof kinds)[number];
}

export const changeSetsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "change-sets",
  validateSearch: ({ kind }: Record<string, unknown>): ChangeSetsState => {
    const known = kinds.find((one) => one === kind);
    return known ? { kind: known } : {};
  },
  component: lazyRouteComponent(() => arriving(() => import("./list-page.tsx"))),
  staticData: { nav: { label: messages.pages.changeSets, icon: Layers, section: "work" } },
});

export const changeSetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "change-sets/$id",
  component: lazyRouteComponent(() => arriving(() => import("./set-page.tsx"))),
});
