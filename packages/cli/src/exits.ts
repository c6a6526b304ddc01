/** The exit codes of `roster`. Scripts rely on them: see docs/cli.md. */
export const exits = {
  done: 0,
  /** Something unexpected: a defect of the command line, or a file that cannot be written. */
  failed: 1,
  /** The call is wrong: an unknown option, a faulty value, a file that cannot be read. */
  wrongCall: 2,
  /** Some rows of an import were refused, or some records of an undo left as they are. */
  rowsRefused: 3,
  /** Roster refused the whole. */
  refused: 4,
  /** Roster could not be reached, or was not available. */
  unreachable: 5,
  /** Interrupted by Ctrl-C. */
  interrupted: 130,
} as const;
