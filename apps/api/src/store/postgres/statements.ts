/** More than there are shapes of requests in practice; each connection keeps the plan of each. */
const most = 500;
const names = new Map<string, string>();

/**
 * The name under which a statement is prepared, once for each connection. When there are very many,
 * further ones have none, and are planned each time.
 */
export function nameOf(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined && names.size < most) names.set(text, (name = `roster_${names.size}`));
  return name;
}
