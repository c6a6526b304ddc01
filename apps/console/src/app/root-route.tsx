import { createRootRoute, Link } from "@tanstack/react-router";
import { messages } from "../messages.ts";
import { buttonClass } from "../ui/button.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Root } from "./root.tsx";

/** The parent of every page. */
export const rootRoute = createRootRoute({ component: Root, notFoundComponent: NoPage });

function NoPage() {
  return (
    <EmptyState
      isPage
      title={messages.errors.noPage}
      actions={
        <Link to="/" className={buttonClass("plain")}>
          {messages.errors.home}
        </Link>
      }
    />
  );
}
