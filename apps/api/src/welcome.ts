/**
 * What a start prints: the address, and with a new database the token, once, with calls to paste.
 *
 * @param url where the server listens
 * @param token the admin token that this start has made, if it has
 */
export function welcome(url: string, token: string | undefined): string {
  if (token === undefined) return `Roster listens at ${url}\n`;
  return `Roster listens at ${url}

This is a new database. Its admin token, shown only this once:

  ${token}

Create a customer from a shell:

  curl ${url}/trpc/customer.create -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"name":"Acme"}'

Create and update one from TypeScript (in this repository: save as hello.ts, run with: npm run ts hello.ts):

  import { createClient } from "@roster/client";

  const client = createClient({ url: "${url}", token: "${token}" });
  const { id } = await client.customer.create.mutate({ name: "Acme" });
  const { version, changes } = await client.customer.update.mutate({
    where: { id },
    patch: { name: "Acme Inc.", properties: { plan: "pro" } },
  });
  console.log(version, changes);

Documentation: ${url}/docs
`;
}
