import { Outlet, useLocation } from "@tanstack/react-router";
import { Menu as MenuIcon, Search } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { messages } from "../messages.ts";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/class.ts";
import { arriving, useConnection } from "./connection.ts";
import { PageErrorBoundary } from "./error-boundary.tsx";
import { useKey } from "./keys.ts";
import { Mark } from "./mark.tsx";
import { Navigation } from "./navigation.tsx";
import { useOnline } from "./online.ts";

const Palette = lazy(() => arriving(() => import("./palette.tsx")));
const NavDrawer = lazy(() => arriving(() => import("./nav-drawer.tsx")));
const KeyHelp = lazy(() => arriving(() => import("./key-help.tsx")));

/** The frame of all pages: navigation, what is wrong with the connection, palette and help. */
export function Shell() {
  const [open, setOpen] = useState<"palette" | "keys">();
  const close = () => setOpen(undefined);
  useKey("mod+k", () => setOpen("palette"));
  useKey("?", () => setOpen("keys"));
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#content"
        className="fixed left-2 top-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        {messages.shell.skip}
      </a>
      <TopBar onPalette={() => setOpen("palette")} />
      <aside className="hidden w-52 shrink-0 flex-col border-r border-line md:flex">
        <Navigation onPalette={() => setOpen("palette")} />
      </aside>
      <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
        <Connection />
        <div className="min-h-0 flex-1 overflow-auto">
          <PageErrorBoundary>
            <Suspense>
              <Outlet />
            </Suspense>
          </PageErrorBoundary>
        </div>
      </main>
      <Suspense>
        {open === "palette" && <Palette onClose={close} onKeys={() => setOpen("keys")} />}
        {open === "keys" && <KeyHelp onClose={close} />}
      </Suspense>
    </div>
  );
}

/** The bar of a phone, with the navigation behind a button. */
function TopBar({ onPalette }: { onPalette(): void }) {
  const { pathname } = useLocation();
  // The path at which the navigation was opened: going elsewhere closes it.
  const [openAt, setOpenAt] = useState<string>();
  return (
    <header className="flex items-center gap-2 border-b border-line px-3 py-2 md:hidden">
      <IconButton
        label={messages.shell.menu}
        aria-haspopup="dialog"
        className="size-9"
        onClick={() => setOpenAt(pathname)}
      >
        <MenuIcon size={18} aria-hidden />
      </IconButton>
      <Mark />
      <span className="flex-1 font-semibold">{messages.product}</span>
      <IconButton label={messages.shell.palette} className="size-9" onClick={onPalette}>
        <Search size={18} aria-hidden />
      </IconButton>
      <Suspense>
        {openAt === pathname && <NavDrawer onClose={() => setOpenAt(undefined)} onPalette={onPalette} />}
      </Suspense>
    </header>
  );
}

/** Says that the network or the server is gone, while it is, and when it is back. */
function Connection() {
  const online = useOnline();
  const connection = useConnection();
  const text = online ? messages.shell.connection[connection] : messages.shell.offline;
  const isBack = online && connection === "back";
  return (
    <div
      role="status"
      className={cx(
        text !== undefined && "px-4 py-1.5 text-sm",
        isBack ? "bg-added-soft text-added" : "bg-warning-soft text-warning",
      )}
    >
      {text}
    </div>
  );
}
