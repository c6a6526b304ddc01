import { isNetworkFailure, isUncertain, rosterError } from "@roster/client";
import { CircleAlert, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { messages } from "../messages.ts";
import { Button } from "./button.tsx";
import { cx } from "./class.ts";

/** Grey bars in the place of what is being loaded, of the same size as that, so that nothing jumps. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden className={cx("block animate-pulse rounded bg-sunken", className ?? "h-4 w-full")} />
  );
}

/** Says that there is nothing, and what to do about it. */
export function EmptyState({
  title,
  isPage = false,
  children,
  actions,
}: {
  title: string;
  /** Whether this is all that the page shows. */
  isPage?: boolean;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Title = isPage ? "h1" : "p";
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-2 px-6 py-16 text-center">
      <Title className="text-lg font-semibold">{title}</Title>
      {children !== undefined && <p className="text-sm text-muted">{children}</p>}
      {actions !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** The message for an error, which advises what to do. */
export function errorText(error: unknown): string {
  const { errors } = messages;
  const body = rosterError(error);
  if (!navigator.onLine) return errors.offline;
  if (isNetworkFailure(error) || error instanceof TypeError) return errors.unreachable;
  if (!body) return error instanceof Error ? error.message : errors.title;
  if (isUncertain(error)) return errors.uncertain;
  switch (body.code) {
    case "OVERLOADED":
    case "UNAVAILABLE":
      return errors.overloaded;
    case "FORBIDDEN":
      return `${errors.forbidden} (${body.message})`;
    case "NOT_FOUND":
      return errors.notFound;
    case "INTERNAL":
      return errors.internal;
    default:
      return body.message;
  }
}

/** Says that something failed, and lets the reader try again. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  return (
    <div
      role="alert"
      className="flex items-start gap-3 rounded-lg border border-line bg-removed-soft px-4 py-3 text-sm"
    >
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-removed" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{messages.errors.title}</p>
        <p className="said text-muted">{errorText(error)}</p>
      </div>
      {onRetry && (
        <Button small onClick={onRetry}>
          <RotateCw size={12} aria-hidden />
          {messages.errors.again}
        </Button>
      )}
    </div>
  );
}

/** A quiet line that the reader should know. */
export function Notice({
  tone = "accent",
  children,
  actions,
}: {
  tone?: "accent" | "warning";
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div
      role="status"
      className={cx(
        "flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg px-4 py-2 text-sm",
        tone === "accent" ? "bg-accent-soft text-accent-text" : "bg-warning-soft text-warning",
      )}
    >
      <div className="said min-w-0 flex-1">{children}</div>
      {actions}
    </div>
  );
}
