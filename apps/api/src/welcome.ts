/** The result of a start, as `welcome` prints it. */
export interface Started {
  /** The URL of the server. */
  url: string;
  /** The address of the database, without a password. */
  database: string;
  /** The admin token, if this start created one. */
  firstToken: string | undefined;
  /** Whether the database knows the token of `ROSTER_TOKEN`; undefined if that is not set. */
  tokenKnown: boolean | undefined;
}

/** The text that a start prints: the addresses and, for a new database, the token with calls to paste. */
export function welcome({ url, database, firstToken, tokenKnown }: Started): string {
  const places = `Roster listens at ${url}
Console: ${url}/console
Documentation: ${url}/docs
Database: ${database}
`;
  if (firstToken === undefined) return places + aboutToken(tokenKnown);
  return `${places}
This is a new database. Its admin token, shown only this once:

  ${firstToken}

Create a customer from a shell:

  curl ${url}/trpc/customer.create -H 'Authorization: Bearer ${firstToken}' -H 'Content-Type: application/json' -d '{"name":"Acme"}'

Create and update one from TypeScript (in this repository: save as hello.ts, run with: npm run ts hello.ts):

  import { createClient } from "@roster/client";

  const client = createClient({ url: "${url}", token: "${firstToken}" });

  const acme = await client.customer.create.mutate({ name: "Acme", properties: { plan: "free" } });
  const { version, changes } = await client.customer.update.mutate({
    where: { id: acme.id },
    patch: { name: "Acme Inc.", phone: "+44 20 7946 0182", properties: { plan: "pro" } },
    add: { emails: ["billing@acme.example"] },
    reason: "plan change",
  });
  console.log(version, changes);
`;
}

/** `ROSTER_TOKEN` becomes the first token of an empty database; other databases ignore it. */
function aboutToken(known: boolean | undefined): string {
  if (known === undefined) return "";
  return known
    ? "ROSTER_TOKEN is a token of this database\n"
    : "ROSTER_TOKEN is not a token of this database, and is not used: only an empty one takes it (a lost token: npm run db:token)\n";
}
