import { Dialog as Base } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { Menu as MenuIcon, Search } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { messages } from "../messages.ts";
import { kinds, type KindName } from "../records/kind.ts";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/class.ts";
import { AccountMenu } from "./account-menu.tsx";
import { PageErrorBoundary } from "./error-boundary.tsx";
import { useLive } from "./feed.ts";
import { useKey } from "./keys.ts";
import { Mark } from "./mark.tsx";
import { usePages } from "./nav.ts";
import { useOnline } from "./online.ts";
import { useSession } from "./session.ts";

const Palette = lazy(() => import("./palette.tsx"));
const KeyHelp = lazy(() => import("./key-help.tsx"));

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
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setOpen(false), [pathname]);
  return (
    <header className="flex items-center gap-2 border-b border-line px-3 py-2 md:hidden">
      <Base.Root open={open} onOpenChange={setOpen}>
        <Base.Trigger
          render={
            <IconButton label={messages.shell.menu} className="size-9">
              <MenuIcon size={18} aria-hidden />
            </IconButton>
          }
        />
        <Base.Portal>
          <Base.Backdrop className="fixed inset-0 z-40 bg-shade" />
          <Base.Popup
            aria-label={messages.shell.menu}
            className="fixed inset-y-0 left-0 z-50 flex w-64 flex-col bg-page shadow-pop outline-none"
          >
            <Navigation onPalette={onPalette} />
          </Base.Popup>
        </Base.Portal>
      </Base.Root>
      <Mark />
      <span className="flex-1 font-semibold">{messages.product}</span>
      <IconButton label={messages.shell.palette} className="size-9" onClick={onPalette}>
        <Search size={18} aria-hidden />
      </IconButton>
    </header>
  );
}

function Navigation({ onPalette }: { onPalette(): void }) {
  const session = useSession();
  const pages = usePages(session);
  const sections = [...new Set(pages.map(({ section }) => section))];
  return (
    <>
      <div className="flex items-center gap-2 px-4 pb-3 pt-4">
        <Mark />
        <span className="flex-1 font-semibold">{messages.product}</span>
        <IconButton label={`${messages.shell.palette} (⌘K)`} onClick={onPalette}>
          <Search size={15} aria-hidden />
        </IconButton>
      </div>
      <nav aria-label={messages.shell.navigation} className="flex-1 overflow-y-auto px-2">
        {sections.map((section) => (
          <div key={section} className="mb-4">
            <h2 className="px-2 pb-1 text-xs font-medium text-faint">{messages.sections[section]}</h2>
            <ul>
              {pages
                .filter((page) => page.section === section)
                .map(({ to, label, icon: Icon, counts }) => (
                  <li key={to}>
                    <Link
                      to={to}
                      className="flex min-h-8 items-center gap-2 rounded-md px-2 text-sm text-muted hover:bg-hover hover:text-text"
                      activeProps={{ className: "bg-hover font-semibold !text-text" }}
                    >
                      <Icon size={15} aria-hidden className="shrink-0" />
                      <span className="flex-1">{label}</span>
                      {counts && <Counted kind={counts} />}
                    </Link>
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </nav>
      <AccountMenu session={session} />
    </>
  );
}

/** How many records of a kind there are, as far as they are counted. */
function Counted({ kind }: { kind: KindName }) {
  const { data } = useQuery({
    queryKey: [kind, "count", null, null],
    queryFn: ({ signal }) => kinds[kind].count({}, signal),
  });
  if (!data) return null;
  return (
    <span aria-hidden className="tabular text-xs font-normal text-faint">
      {data.count.toLocaleString("en")}
      {!data.exact && "+"}
    </span>
  );
}

/** Says that the network or the feed is gone, while it is. */
function Connection() {
  const online = useOnline();
  const live = useLive();
  const text = !online ? messages.shell.offline : live ? undefined : messages.shell.notLive;
  return (
    <div
      role="status"
      className={cx(text !== undefined && "bg-warning-soft px-4 py-1.5 text-sm text-warning")}
    >
      {text}
    </div>
  );
}
