/** The time that the processor works for a function. Other programs on a busy machine do not count. */
export function milliseconds(work: () => unknown): number {
  const begun = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1000;
}
