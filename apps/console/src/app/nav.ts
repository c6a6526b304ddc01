import type { Scope, Session } from "@roster/domain";
import type { KindName } from "../records/kind.ts";
import type { messages } from "../messages.ts";
import { useRouter } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import { may } from "./session.ts";

/** How a page appears in the navigation. */
export interface Nav {
  label: string;
  icon: LucideIcon;
  section: keyof (typeof messages)["sections"];
  /** Without this scope, the page is not offered. */
  scope?: Scope;
  /** The records whose number stands beside the name. */
  counts?: KindName;
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    nav?: Nav;
  }
}

/** The pages of the navigation that a session may use, in the order of the registry. */
export function usePages(session: Session): (Nav & { to: string })[] {
  const { routesById } = useRouter();
  return Object.values(routesById).flatMap(({ fullPath, options }) => {
    const nav = options.staticData?.nav;
    return nav && may(session, nav.scope) ? [{ ...nav, to: fullPath }] : [];
  });
}
