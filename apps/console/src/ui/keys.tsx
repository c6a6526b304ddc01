/** A key as it is printed on a keyboard. */
export function Keys({ children }: { children: string }) {
  const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  return (
    <kbd className="inline-block min-w-5 rounded border border-line-strong bg-surface px-1.5 text-center font-sans text-xs text-muted">
      {mac ? children : children.replace("⌘", "Ctrl ")}
    </kbd>
  );
}
