/** Texts that are recognised wherever they are. */

/** @returns a function whose every result is a new mark */
export function marker(): () => string {
  let made = 0;
  return () => `zq${++made}q`;
}

/** The marks in a text. */
export const marksIn = (text: string): Set<string> => new Set(text.match(/zq\d+q/g));
