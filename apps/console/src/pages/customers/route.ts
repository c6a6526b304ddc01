import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Building2 } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";
import { readListState } from "../../records/list/list-state.ts";
import { readRecordState } from "../../records/record/record-state.ts";

const listRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "customers",
  validateSearch: readListState,
  component: lazyRouteComponent(() => arriving(() => import("./list-page.tsx"))),
  staticData: {
    nav: {
      label: messages.nouns.customer.title,
      icon: Building2,
      section: "records",
      scope: "customers:read",
      counts: "customer",
    },
  },
});

const recordRoute = createRoute({
  getParentRoute: () => listRoute,
  path: "$id",
  validateSearch: readRecordState,
  component: lazyRouteComponent(() => arriving(() => import("./record-page.tsx"))),
});

/** `/customers` and `/customers/<id>`: the list stays beside the record. */
export const customersRoute = listRoute.addChildren([recordRoute]);
