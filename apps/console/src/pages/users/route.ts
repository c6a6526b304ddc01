import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { UsersRound } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";
import { readListState } from "../../records/list/list-state.ts";
import { readRecordState } from "../../records/record/record-state.ts";

const listRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "users",
  validateSearch: readListState,
  component: lazyRouteComponent(() => arriving(() => import("./list-page.tsx"))),
  staticData: {
    nav: {
      label: messages.nouns.user.title,
      icon: UsersRound,
      section: "records",
      scope: "users:read",
      counts: "user",
    },
  },
});

const recordRoute = createRoute({
  getParentRoute: () => listRoute,
  path: "$id",
  validateSearch: readRecordState,
  component: lazyRouteComponent(() => arriving(() => import("./record-page.tsx"))),
});

/** `/users` and `/users/<id>`: the list stays beside the record. */
export const usersRoute = listRoute.addChildren([recordRoute]);
