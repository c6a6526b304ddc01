import type { ComponentProps, ReactNode } from "react";
import { cx } from "./class.ts";

const looks = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong disabled:hover:bg-accent border-transparent",
  plain: "bg-surface text-text border-line-strong hover:bg-hover disabled:hover:bg-surface",
  quiet: "bg-transparent text-text border-transparent hover:bg-hover disabled:hover:bg-transparent",
  danger: "bg-surface text-removed border-line-strong hover:bg-removed-soft",
} as const;
export type ButtonLook = keyof typeof looks;

/** The classes of a button, for links that look like one. */
export const buttonClass = (look: ButtonLook = "plain", small = false, more?: string): string =>
  cx(
    "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium",
    "transition-colors disabled:opacity-50 aria-disabled:opacity-50",
    small ? "min-h-7 px-2 text-xs" : "min-h-8 px-3 text-sm",
    looks[look],
    more,
  );

interface ButtonProps extends ComponentProps<"button"> {
  look?: ButtonLook;
  small?: boolean;
}

export function Button({ look, small, className, type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={buttonClass(look, small, className)} {...rest} />;
}

/** A button that shows only a picture. Its label is read out and shown on hover. */
export function IconButton({
  label,
  className,
  children,
  type = "button",
  ...rest
}: ComponentProps<"button"> & { label: string; children: ReactNode }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={cx(
        "inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted",
        "hover:bg-hover hover:text-text disabled:opacity-40",
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}

/** A button that reads like a link, for actions within text. */
export function TextButton({ className, type = "button", ...rest }: ComponentProps<"button">) {
  return (
    <button
      type={type}
      className={cx("rounded-sm text-sm text-accent-text hover:underline disabled:opacity-50", className)}
      {...rest}
    />
  );
}
