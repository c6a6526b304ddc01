import { actorNames, expect, historyTable, renamed } from "./tour.ts";
import type { Change } from "@roster/domain";
import type { Company } from "./company.ts";
import {
  bold,
  dim,
  highlight,
  layout,
  paint,
  print,
  printIn,
  say,
  section,
  width,
  wrap,
} from "./terminal.ts";

/** A call of a published API, as a program written for that API sends it. */
interface Call {
  title: string;
  method: "PUT" | "POST";
  path: string;
  /** Its authentication header: the name and the scheme. */
  auth: readonly [header: string, scheme: string];
  headers?: Readonly<Record<string, string>>;
  type?: string;
  body: object;
}

const calls = (
  customer: { id: string; number: number; referenceId: string | null },
  tenant: number,
): Call[] => [
  {
    title: "StateSet, Update Customer",
    method: "PUT",
    path: `/v1/customers/${customer.id}`,
    auth: ["Authorization", "Token"],
    body: {
      id: customer.id,
      email: "priya.raman@leeds.example",
      firstName: "Priya",
      lastName: "Raman",
      phone: "+441134960182",
      stripe_customer_id: "cus_Q4vXb2LdP9",
      timestamp: "2026-03-01T09:30:00Z",
      activationDate: "2026-03-02T00:00:00Z",
    },
  },
  {
    title: "Explo, Update Customer",
    method: "POST",
    path: "/api/update_customer/",
    auth: ["Explo-Authorization", "Token"],
    body: {
      provided_id: renamed.providedId,
      properties: { plan: "pro", seats: 40 },
      emails: ["orders@leeds.example"],
      group_tags: ["engineers", "sales"],
      hierarchy_level_name: "Site",
    },
  },
  {
    title: "StateSet, Update User (and the customer that the user belongs to)",
    method: "PUT",
    path: "/v1/users/priya.raman",
    auth: ["Authorization", "Token"],
    body: {
      user_group_id: renamed.providedId,
      name: "Leeds Creamery North",
      mapping: { "40": "213", "134": "386" },
      properties: { plan: "pro", seats: 45 },
    },
  },
  {
    title: "Maiascore, Update a customer (JSON under a form's type, as on its page)",
    method: "PUT",
    path: `/customers/${customer.referenceId}`,
    auth: ["Authorization", "Bearer"],
    type: "application/x-www-form-urlencoded",
    body: {
      uuid: "7f9c24e8-3b12-4fef-91e0-56a2d5a5c1d4",
      dateOfBirth: "1987-03-14",
      addressStreet: "14 Kirkstall Road",
      addressCity: "Leeds",
      addressCountry: "GB",
      gender: "female",
      maritalStatus: "married",
    },
  },
  {
    title: "Flextell, Update a customer",
    method: "PUT",
    path: `/api/v1/customers/${customer.number}`,
    auth: ["Authorization", "Bearer"],
    headers: { "X-Tenant": String(tenant) },
    body: {
      job: "Head of production",
      address: "14 Kirkstall Road, Leeds",
      date_of_birth: "1987-03-14T05:31:56Z",
      country_id: 826,
      default_channel_id: 2,
      user_id: 3,
    },
  },
];

/** 6: the five documented calls on one customer, and their effect as the typed client shows it. */
export async function documentedCalls(
  { desk, admin, number, deskToken }: Company,
  url: string,
): Promise<void> {
  section("Five documented APIs, on the same record");
  say("As programs written for them send it: $ROSTER is this server, $TOKEN the support desk's token.");
  print("");
  const before = await desk.customer.get.query({ where: renamed });
  for (const call of calls(before, number)) await show(call, url, deskToken);

  const { items } = await desk.customer.history.query({ where: renamed, limit: 20 });
  const since = items.filter(({ version }) => version > before.version);
  printIn(bold("The same record through the typed client: desk.customer.history"), "");
  const paths = (changes: readonly Change[]) => wrap(changes.map(({ path }) => path).join(" "), width - 11);
  printIn(...historyTable(since.toReversed(), await actorNames(admin), paths), "");
}

async function show({ title, method, path, auth, headers, type, body }: Call, url: string, token: string) {
  const [header, scheme] = auth;
  const contentType = type ?? "application/json";
  const lines = layout(body, width - 6);
  const sent = lines.join("\n");
  const head = [
    `curl -X ${method} $ROSTER${path}`,
    `-H "${header}: ${scheme} $TOKEN"`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `-H "${name}: ${value}"`),
    `-H "Content-Type: ${contentType}"`,
  ];
  printIn(bold(title), "");
  printIn(...packed(head).map((line) => dim(line)), ...data(lines));

  const started = performance.now();
  const response = await fetch(url + path, {
    method,
    headers: { [header]: `${scheme} ${token}`, "Content-Type": contentType, ...headers },
    body: sent,
  });
  const text = await response.text();
  const took = performance.now() - started;
  expect(response.ok, `${method} ${path} is answered: ${response.status} ${text}`);
  print("");
  const status = paint(["bold", "green"], `${response.status} ${response.statusText}`);
  printIn(`${status} ${dim(`in ${took.toFixed(0)} ms`)}`);
  printIn(...layout(JSON.parse(text) as unknown, width - 2).map(highlight), "");
}

/** The options of a command line on as few lines as they need, each ending as a shell expects. */
function packed(options: readonly string[]): string[] {
  const lines: string[] = [];
  for (const option of options) {
    const current = lines.at(-1);
    if (current !== undefined && current.length + option.length + 5 <= width) {
      lines[lines.length - 1] = `${current} ${option}`;
    } else {
      lines.push(current === undefined ? option : `  ${option}`);
    }
  }
  return lines.map((line) => `${line} \\`);
}

/** The body as an option of the command line. */
const data = ([first = "", ...rest]: readonly string[]): string[] =>
  [first, ...rest].map((line, i) => {
    const start = i === 0 ? dim("  -d '") : "  ";
    return start + highlight(line) + (i === rest.length ? dim("'") : "");
  });
