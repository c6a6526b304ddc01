import { changeSetRoute, changeSetsRoute } from "./change-sets/route.ts";
import { customersRoute } from "./customers/route.ts";
import { homeRoute } from "./home/route.ts";
import { importRoute } from "./import/route.ts";
import { usersRoute } from "./users/route.ts";

/** Every page, in the order of the navigation. Each has a folder of its own: see the README. */
export const pages = [
  homeRoute,
  customersRoute,
  usersRoute,
  importRoute,
  changeSetsRoute,
  changeSetRoute,
] as const;
