import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Upload } from "lucide-react";
import { arriving } from "../../app/connection.ts";
import { rootRoute } from "../../app/root-route.tsx";
import { messages } from "../../messages.ts";

export const importRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "import",
  component: lazyRouteComponent(() => arriving(() => import("./import-page.tsx"))),
  staticData: {
    nav: { label: messages.pages.import, icon: Upload, section: "work", scope: "customers:write" },
  },
});
