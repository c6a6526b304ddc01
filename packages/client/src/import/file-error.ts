/** A file as a whole, or the options for it, cannot be used. Nothing was sent. */
export class FileError extends Error {
  override readonly name = "FileError";
  /** Everything that is wrong. */
  readonly problems: readonly string[];

  constructor(...problems: string[]) {
    super(problems.join("; "));
    this.problems = problems;
  }
}
