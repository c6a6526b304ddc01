import type { DuplicatePair } from "@roster/domain";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { client, queryClient } from "../../app/api.ts";
import { nameOf } from "../../records/kind.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { PageBody, PageHeader } from "../../ui/page.tsx";
import { EmptyState, errorText, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { work } from "../../work-messages.ts";

const words = work.duplicates;
type Customer = Awaited<ReturnType<typeof client.customer.get.query>>;
type Pair = DuplicatePair<Customer>;

/** The next pairs. A page can be empty although others follow: the server has looked at enough of an index. */
async function nextPairs(from: string | undefined, signal: AbortSignal) {
  for (let cursor = from; ;) {
    // oxlint-disable-next-line no-await-in-loop -- each page leads to the next
    const page = await client.customer.duplicates.query(
      { limit: 30, ...(cursor !== undefined && { cursor }) },
      { signal },
    );
    if (page.items.length > 0 || page.nextCursor === null) return page;
    cursor = page.nextCursor;
  }
}

/** Pairs of customers that may be the same. */
export default function DuplicatesPage() {
  const pages = useInfiniteQuery({
    queryKey: ["customer", "duplicates"],
    queryFn: ({ pageParam, signal }) => nextPairs(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const tell = useMutation({
    mutationFn: (input: { a: string; b: string; takeBack?: true }) =>
      client.customer.notDuplicates.mutate(input),
    onSuccess(_, { a, b, takeBack }) {
      void queryClient.invalidateQueries({ queryKey: ["customer", "duplicates"] });
      if (!takeBack) toast(words.notSameDone, { undo: () => tell.mutate({ a, b, takeBack: true }) });
    },
    onError: (error) => toast(errorText(error)),
  });
  const pairs = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <PageBody>
      <PageHeader title={words.title} below={words.intro} />
      {pages.isPending ? (
        <div className="grid gap-2">
          <Skeleton className="h-20 w-full" />
          <Skeleton className="h-20 w-full" />
        </div>
      ) : pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : pairs.length === 0 && !pages.hasNextPage ? (
        <EmptyState title={words.empty}>{words.emptyHint}</EmptyState>
      ) : (
        <ul aria-label={words.list} className="grid gap-3">
          {pairs.map((pair) => (
            <li key={pair.a.id + pair.b.id}>
              <PairCard pair={pair} onNotSame={() => tell.mutate({ a: pair.a.id, b: pair.b.id })} />
            </li>
          ))}
        </ul>
      )}
      <NextPage pages={pages} label={work.more} />
    </PageBody>
  );
}

function PairCard({ pair: { a, b, score, reasons }, onNotSame }: { pair: Pair; onNotSame(): void }) {
  // The older record stays, because others may know it already.
  const [into, from] = a.createdAt <= b.createdAt ? [a, b] : [b, a];
  return (
    <article className="grid gap-3 rounded-lg border border-line bg-surface p-4 sm:grid-cols-[1fr_1fr_auto]">
      {[into, from].map((one) => (
        <Side key={one.id} customer={one} />
      ))}
      <div className="flex flex-wrap items-center gap-2 sm:flex-col sm:items-end">
        <span className="tabular text-sm font-semibold">{words.score(score)}</span>
        <span className="flex flex-wrap gap-1">
          {reasons.map((reason) => (
            <Chip key={reason} tone="warning">
              {words.reasons[reason]}
            </Chip>
          ))}
        </span>
        <span className="flex gap-2">
          <Button small onClick={onNotSame}>
            {words.notSame}
          </Button>
          <Link
            to="/duplicates/merge"
            search={{ from: from.id, into: into.id }}
            className={buttonClass("primary", true)}
          >
            {words.compare}
          </Link>
        </span>
      </div>
    </article>
  );
}

function Side({ customer }: { customer: Customer }) {
  const name = nameOf("customer", { ...customer });
  const more = [customer.email, customer.phone, customer.dateOfBirth, customer.addressCity].filter(
    (one) => one !== null && one !== "",
  );
  return (
    <div className="flex min-w-0 items-start gap-3">
      <Avatar name={name} />
      <div className="min-w-0">
        <Link
          to="/customers/$id"
          params={{ id: customer.id }}
          className="said rounded-sm font-semibold hover:underline"
        >
          {name}
        </Link>
        {more.map((one) => (
          <span key={String(one)} className="said block text-sm text-muted">
            {String(one)}
          </span>
        ))}
      </div>
    </div>
  );
}
