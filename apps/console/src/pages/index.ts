import { activityRoute } from "./activity/route.ts";
import { changeSetRoute, changeSetsRoute } from "./change-sets/route.ts";
import { customersRoute } from "./customers/route.ts";
import { dashboardRoute } from "./dashboard/route.ts";
import { duplicatesRoute, mergeRoute } from "./duplicates/route.ts";
import { hierarchyRoute } from "./hierarchy/route.ts";
import { homeRoute } from "./home/route.ts";
import { importRoute } from "./import/route.ts";
import { settingsRoute, settingsSectionRoute } from "./settings/route.ts";
import { userGroupRoute, userGroupsRoute } from "./user-groups/route.ts";
import { usersRoute } from "./users/route.ts";

/** Every page, in the order of the navigation. Each has a folder of its own: see the README. */
export const pages = [
  homeRoute,
  customersRoute,
  usersRoute,
  userGroupsRoute,
  userGroupRoute,
  hierarchyRoute,
  importRoute,
  changeSetsRoute,
  changeSetRoute,
  duplicatesRoute,
  mergeRoute,
  activityRoute,
  dashboardRoute,
  settingsRoute,
  settingsSectionRoute,
] as const;
