const outage = '"msg":"the database is not available"';

/**
 * @param output what a server has printed
 * @returns the lines of errors that it has logged, except outages of the database: a disk that stands still for
 *   ten seconds is no defect of the server
 */
export const defectsIn = (output: string): string[] =>
  output.split("\n").filter((line) => /"level":[56]0\b/.test(line) && !line.includes(outage));
