import type { ReactNode } from "react";
import { useTitle } from "./title.ts";

/** The head of a page: where one is, its name, what is known about it, and what can be done. */
export function PageHeader({
  above,
  title,
  below,
  actions,
}: {
  above?: ReactNode;
  title: ReactNode;
  below?: ReactNode;
  actions?: ReactNode;
}) {
  useTitle(typeof title === "string" ? title : undefined);
  return (
    <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-60">
        {above !== undefined && <div className="mb-0.5 text-xs text-muted">{above}</div>}
        <h1 className="said text-left text-xl font-semibold tracking-tight">{title}</h1>
        {below !== undefined && (
          <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">{below}</div>
        )}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

/** The body of a page without panes of its own. */
export function PageBody({ children }: { children: ReactNode }) {
  return <div className="mx-auto grid w-full grid-cols-1 max-w-5xl gap-6 px-4 py-6 sm:px-8">{children}</div>;
}

/** A part of a page under a heading. */
export function Section({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} className="grid grid-cols-1 gap-2">
      <div className="flex items-center gap-2">
        <h2 className="flex-1 text-sm font-semibold text-muted">{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}
