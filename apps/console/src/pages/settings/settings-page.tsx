import { Link, useParams } from "@tanstack/react-router";
import { useMay, useSession } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { PageBody, PageHeader } from "../../ui/page.tsx";
import { EmptyState, Notice } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { ListSettings } from "./list-settings.tsx";
import { SchemaSettings } from "./schema-settings.tsx";
import { TenantSettings } from "./tenant-settings.tsx";
import { Tenants } from "./tenants.tsx";
import { Tokens } from "./tokens.tsx";
import { Webhooks } from "./webhooks.tsx";

const words = work.settings;

/** The settings, with whether only an admin sees them. */
const sections = {
  tenant: { component: TenantSettings, adminOnly: false },
  lists: { component: ListSettings, adminOnly: false },
  schema: { component: SchemaSettings, adminOnly: false },
  tokens: { component: Tokens, adminOnly: true },
  webhooks: { component: Webhooks, adminOnly: true },
  tenants: { component: Tenants, adminOnly: true },
} as const;
type Section = keyof typeof sections;

/** The settings of the tenant, by section. */
export default function SettingsPage() {
  const { section } = useParams({ from: "/settings/$section" });
  const isAdmin = useMay("admin");
  const { tenant } = useSession();
  const names = (Object.keys(sections) as Section[]).filter(
    (name) => (isAdmin || !sections[name].adminOnly) && (name !== "tenants" || tenant.number === 1),
  );
  const shown = names.find((name) => name === section);
  if (shown === undefined) return <EmptyState title={messages.errors.noPage} />;
  const { component: Shown } = sections[shown];
  return (
    <PageBody>
      <PageHeader title={words.title} below={tenant.name} />
      <div className="grid grid-cols-1 items-start gap-6 md:grid-cols-[11rem_minmax(0,1fr)]">
        <nav aria-label={words.title}>
          <ul className="flex gap-1 overflow-x-auto pb-1 md:grid">
            {names.map((name) => (
              <li key={name}>
                <Link
                  to="/settings/$section"
                  params={{ section: name }}
                  className="flex min-h-8 items-center whitespace-nowrap rounded-md px-2 text-sm text-muted hover:bg-hover hover:text-text"
                  activeProps={{ className: "bg-hover font-semibold !text-text" }}
                >
                  {words.sections[name]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="grid min-w-0 grid-cols-1 gap-6">
          {!isAdmin && <Notice>{words.readOnly}</Notice>}
          <Shown />
        </div>
      </div>
    </PageBody>
  );
}
