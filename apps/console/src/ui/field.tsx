import type { ComponentProps, ReactNode } from "react";
import { cx } from "./class.ts";

/** The look of every box that takes text. */
export const inputClass =
  "min-h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-base text-text outline-none focus-visible:border-accent focus-visible:outline-2 focus-visible:-outline-offset-1 focus-visible:outline-accent aria-invalid:border-removed disabled:opacity-60";

/** A labelled box in a form, with a hint and what is wrong with it. The child gets the given id. */
export function Field({
  id,
  label,
  hint,
  fault,
  children,
}: {
  id: string;
  label: ReactNode;
  hint?: ReactNode;
  fault?: string | undefined;
  children: ReactNode;
}) {
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-faint">
          {hint}
        </p>
      )}
      {fault !== undefined && <Fault id={`${id}-fault`}>{fault}</Fault>}
    </div>
  );
}

/** The fault of a value, next to it. */
export function Fault({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} role="alert" className="said text-xs text-removed">
      {children}
    </p>
  );
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cx(inputClass, className)} {...rest} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={cx(inputClass, "py-1.5", className)} {...rest} />;
}

/** The browser's own choice list: the same on every device, by keyboard and for screen readers. */
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={cx(inputClass, "cursor-pointer pr-7", className)} {...rest} />;
}

export function Checkbox({ className, ...rest }: ComponentProps<"input">) {
  return <input type="checkbox" className={cx("size-4 accent-accent", className)} {...rest} />;
}
