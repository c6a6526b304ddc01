import type { Count, Overview } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { trpc } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Select } from "../../ui/field.tsx";
import { PageBody, PageHeader, Section } from "../../ui/page.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import type { ActivityState } from "../activity/route.ts";
import { BarList, Columns } from "./bars.tsx";

const words = work.dashboard;
const spans = [7, 30, 90] as const;

/** How many records there are, who changes them through what, and how webhooks get on. */
export default function DashboardPage() {
  const [days, setDays] = useState<(typeof spans)[number]>(30);
  const { data, error, refetch } = useQuery({
    ...trpc.stats.overview.queryOptions({ days }),
    refetchInterval: 60_000,
  });
  const isAdmin = useMay("admin");
  return (
    <PageBody>
      <PageHeader
        title={words.title}
        below={words.intro}
        actions={
          <Select
            aria-label={words.days(days)}
            className="!w-44"
            value={days}
            onChange={({ target }) => setDays(Number(target.value) as typeof days)}
          >
            {spans.map((span) => (
              <option key={span} value={span}>
                {words.days(span)}
              </option>
            ))}
          </Select>
        }
      />
      {error ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <div className="grid gap-4">
          <Skeleton className="h-20 w-full" />
          <Skeleton className="h-52 w-full" />
          <Skeleton className="h-40 w-full" />
        </div>
      ) : (
        <>
          <Records records={data.records} />
          <Card title={words.changes}>
            {data.changes.total === 0 ? (
              <p className="text-sm text-muted">{words.noChanges}</p>
            ) : (
              <Columns
                label={words.changes}
                days={allDays(data, days).map(({ day, count }) => ({
                  day,
                  count,
                  link: toActivity({ day }),
                }))}
              />
            )}
          </Card>
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <Card title={words.byActor}>
              <BarList
                label={words.byActor}
                bars={data.changes.actors.map(({ id, name, count }) => ({
                  key: id,
                  label: name,
                  count,
                  link: toActivity({ actor: id }),
                }))}
              />
            </Card>
            <Card title={words.bySource}>
              <BarList
                label={words.bySource}
                bars={data.changes.sources.map(({ source, count }) => ({
                  key: source,
                  label: messages.sources[source] ?? source,
                  count,
                  link: toActivity({ source }),
                }))}
              />
            </Card>
          </div>
          {isAdmin && data.webhooks && <Webhooks webhooks={data.webhooks} />}
        </>
      )}
    </PageBody>
  );
}

const toActivity = (search: ActivityState) => (children: ReactNode, className: string) => (
  <Link to="/activity" search={search} className={className}>
    {children}
  </Link>
);

/** Every day of the span, oldest first, with the changes that it had. */
function allDays({ changes }: Overview, days: number): { day: string; count: number }[] {
  const counts = new Map(changes.days.map(({ day, count }) => [day, count]));
  const today = Date.now();
  return Array.from({ length: days }, (_, index) => {
    const day = new Date(today - (days - 1 - index) * 86_400_000).toISOString().slice(0, 10);
    return { day, count: counts.get(day) ?? 0 };
  });
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Section title={title}>
      <div className="rounded-lg border border-line bg-surface p-4">{children}</div>
    </Section>
  );
}

const countText = ({ count, exact }: Count): string => `${count.toLocaleString("en")}${exact ? "" : "+"}`;

function Records({ records }: { records: Overview["records"] }) {
  const figures = [
    ["/customers", messages.nouns.customer.title, records.customers] as const,
    ["/users", messages.nouns.user.title, records.users] as const,
  ];
  return (
    <Section title={words.records}>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        {figures.map(([to, label, count]) =>
          count === undefined ? null : (
            <Link
              key={to}
              to={to}
              className="rounded-lg border border-line bg-surface px-4 py-3 hover:bg-hover"
            >
              <span className="tabular block text-2xl font-semibold tracking-tight">{countText(count)}</span>
              <span className="text-sm text-muted">{label}</span>
            </Link>
          ),
        )}
        {records.userGroups !== undefined && (
          <div className="rounded-lg border border-line bg-surface px-4 py-3">
            <span className="tabular block text-2xl font-semibold tracking-tight">
              {countText(records.userGroups)}
            </span>
            <span className="text-sm text-muted">{work.activity.types["userGroup"]}</span>
          </div>
        )}
      </div>
    </Section>
  );
}

function Webhooks({
  webhooks: { enabled, disabled, failing, waiting, oldestWaitingAt },
}: {
  webhooks: NonNullable<Overview["webhooks"]>;
}) {
  return (
    <Section title={words.webhooks}>
      <Link
        to="/settings/$section"
        params={{ section: "webhooks" }}
        className="flex flex-wrap gap-x-8 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3 hover:bg-hover"
      >
        {(
          [
            [words.enabled, enabled, ""],
            [words.disabled, disabled, disabled > 0 ? "text-removed" : ""],
            [words.failing, failing, failing > 0 ? "text-removed" : ""],
            [words.waiting, waiting, ""],
          ] as const
        ).map(([label, count, tone]) => (
          <span key={label}>
            <span className={`tabular block text-2xl font-semibold tracking-tight ${tone}`}>
              {count.toLocaleString("en")}
            </span>
            <span className="text-sm text-muted">{label}</span>
          </span>
        ))}
        <span className="self-end text-sm text-muted">
          {oldestWaitingAt === null ? (
            words.none
          ) : (
            <>
              {words.oldest} <Time at={oldestWaitingAt} relative />
            </>
          )}
        </span>
      </Link>
    </Section>
  );
}
