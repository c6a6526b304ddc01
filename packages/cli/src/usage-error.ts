/** A call that is wrong, found by the command line itself. Each problem is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly problems: readonly string[];

  constructor(...problems: string[]) {
    super(problems.join("; "));
    this.problems = problems;
  }
}

/** Why the operating system does not let a file be read. */
const reasons: Record<string, string> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
  EPERM: "you may not read it",
};

/**
 * @param error what reading the file threw
 * @returns the error of a call that names a file which cannot be read
 */
export function unreadableFile(file: string, error: unknown): UsageError {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
  return new UsageError(`${file} cannot be read` + (reason === undefined ? "" : `: ${reason}`));
}

/** Whether an error is that of a file that cannot be read, of whatever name. */
export const isUnreadable = (error: unknown): boolean =>
  Object.hasOwn(reasons, (error as NodeJS.ErrnoException).code ?? "");
