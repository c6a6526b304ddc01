/** The style of a panel that opens over the page beside its trigger. */
export const popClass =
  "z-50 max-h-[min(24rem,var(--available-height))] min-w-44 overflow-y-auto rounded-lg border border-line bg-surface p-1 text-sm shadow-pop outline-none";
export const itemClass =
  "flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 py-1 outline-none data-[highlighted]:bg-hover data-[disabled]:opacity-50";
