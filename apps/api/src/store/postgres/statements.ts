/**
 * The maximum number of named statements: more than the shapes of requests in practice. Each connection keeps
 * a plan for each.
 */
const most = 500;
const names = new Map<string, string>();

/**
 * The name under which a connection prepares a statement; undefined beyond the maximum, so that the statement
 * is planned each time.
 */
export function nameOf(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined && names.size < most) names.set(text, (name = `roster_${names.size}`));
  return name;
}
