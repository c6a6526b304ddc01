import type { ReactNode } from "react";
import { cx } from "./class.ts";

/** The frame of a table of moderate length. Long lists of records have a virtual one of their own. */
export function Table({ label, head, children }: { label: string; head: ReactNode[]; children: ReactNode }) {
  return (
    <div
      className="relative overflow-x-auto rounded-lg border border-line bg-surface"
      role="group"
      aria-label={label}
    >
      <table aria-label={label} className="w-full border-collapse text-sm">
        <thead className="bg-sunken text-left text-xs text-muted">
          <tr>
            {head.map((cell, index) => (
              <th key={index} scope="col" className="px-3 py-2 font-medium">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr:not(:last-child)]:border-b [&>tr]:border-line">{children}</tbody>
      </table>
    </div>
  );
}

export function Cell({
  children,
  className,
  numeric = false,
}: {
  children?: ReactNode;
  className?: string;
  numeric?: boolean;
}) {
  return (
    <td className={cx("said px-3 py-2 align-top", numeric && "tabular text-right", className)}>{children}</td>
  );
}
