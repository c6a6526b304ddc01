import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { Fragment } from "react";
import { messages } from "../messages.ts";
import { kinds, type KindName } from "../records/kind.ts";
import { readListState } from "../records/list/list-state.ts";
import { IconButton } from "../ui/button.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { trpc } from "./api.ts";
import { Mark } from "./mark.tsx";
import { usePages } from "./nav.ts";
import { useSession } from "./session.ts";

/** The pages that the reader may use, and who that is. */
export function Navigation({ onPalette }: { onPalette(): void }) {
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
          <Fragment key={section}>
            <div className="mb-4">
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
            {section === "records" && <SavedViews pages={pages} />}
          </Fragment>
        ))}
      </nav>
      <AccountMenu session={session} />
    </>
  );
}

/** The saved views of the lists that the reader may see. */
function SavedViews({ pages }: { pages: readonly { to: string }[] }) {
  const { data = [] } = useQuery(trpc.view.list.queryOptions());
  const views = data.filter(({ list }) => pages.some(({ to }) => to === `/${list}`));
  if (views.length === 0) return null;
  return (
    <div className="mb-4">
      <h2 className="px-2 pb-1 text-xs font-medium text-faint">{messages.list.views}</h2>
      <ul>
        {views.map(({ id, list, name, state }) => (
          <li key={id}>
            <Link
              to={`/${list}`}
              search={readListState(state)}
              className="said flex min-h-8 items-center rounded-md px-2 text-sm text-muted hover:bg-hover hover:text-text"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{ className: "bg-hover font-semibold !text-text" }}
            >
              <span className="truncate">{name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
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
