import { createClient, type RosterClient } from "@roster/client";

/**
 * The company of the tour: Tallis Software, which keeps its customers in Roster. People and companies are
 * invented; domains are under `.example`, and phone numbers are in the range that the British regulator
 * reserves for fiction.
 */
const tenantName = "Tallis Software";

export const levels = ["Group", "Company", "Site"] as const;
const tags = ["engineers", "sales", "priority", "renewal", "trial"];
const channels = ["Email", "Phone", "Field visit"];
const accessGroups = ["Production", "Staging"];

/** The writers in the tour, each with a token of its own. */
const writers = {
  crm: { name: "CRM sync", scopes: ["customers:read", "customers:write"] },
  desk: {
    name: "Support desk",
    scopes: ["customers:read", "customers:write", "users:read", "users:write"],
  },
} as const;

const managers = ["Ines Carvalho", "Dan Whitcombe", "Sofie Lindqvist"];

/** The customers: name, contact, and their own properties, if any. */
const book = `
Meridian Foods Group | Helena Voss | plan=enterprise region=eu sla=8x5
  Meridian Dairy Ltd | Tom Ashworth | currency=GBP
    Leeds Creamery | Priya Raman | plan=starter trial=true
    Truro Creamery | Jago Penrose
    Antrim Creamery | Niamh Doyle
  Panificio Ferrante | Luca Ferrante | currency=EUR
    Parma Bakery | Giulia Conti
    Bologna Mill | Marco Rinaldi
    Modena Depot | Sara Bellini
  Brasserie Lenoir | Camille Lenoir | currency=EUR sla=12x5
    Lille Brewhouse | Hugo Mercier
    Namur Bottling | Elise Dumont
Halden Maritime Group | Ingrid Halden | plan=enterprise region=nordics
  Halden Shipyards | Erik Solberg | currency=NOK
    Bergen Drydock | Kari Nygaard
    Stavanger Yard | Ola Brekke
    Tromsø Slipway | Marte Dahl
  Halden Offshore | Jonas Vik | currency=NOK
    Kristiansund Base | Silje Moen
    Florø Supply | Anders Lunde
  Skagen Ferries | Mette Krogh | currency=DKK
    Skagen Terminal | Lars Thomsen
    Frederikshavn Quay | Anne Holm
    Gothenburg Quay | Nils Ekström
Northgate Property Partners | Ruth Abara | plan=business region=uk
  Northgate Retail | Owen Price | currency=GBP
    Harbour Arcade | Zoe Clarke
    Castle Court | Imran Malik
    Mill Lane Centre | Beth Fenwick
  Northgate Offices | Clara Osei | currency=GBP
    Foundry House | Samir Haddad
    Tower Wharf | Julia Novak
    King Street | Peter Lang
  Northgate Living | Adele Moreau | currency=EUR
    Quai Neuf | Leo Fabre
    Jardin Vert | Nadia Benali
`;

interface Entry {
  name: string;
  providedId: string;
  level: number;
  parent: string | null;
  contact: string;
  properties: Record<string, string | boolean> | null;
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll("ø", "o")
    .normalize("NFD")
    .replaceAll(/[^a-z0-9 ]/g, "")
    .replaceAll(" ", "-");

function readBook(): Entry[] {
  const above: string[] = [];
  return book
    .trim()
    .split("\n")
    .map((line) => {
      const level = line.search(/\S/) / 2;
      const [name = "", contact = "", pairs] = line.trim().split(" | ");
      const providedId = slug(name);
      above[level] = providedId;
      const properties = pairs
        ?.split(" ")
        .map((pair) => pair.split("="))
        .map(([key = "", value = ""]) => [key, value === "true" ? true : value] as const);
      return {
        name,
        providedId,
        level,
        parent: level === 0 ? null : (above[level - 1] ?? null),
        contact,
        properties: properties ? Object.fromEntries(properties) : null,
      };
    });
}

export interface Company {
  /** The number of the tenant. */
  number: number;
  /** The token of an administrator. */
  admin: RosterClient;
  crm: RosterClient;
  desk: RosterClient;
  /** The secret of the support desk's token. */
  deskToken: string;
}

/** Creates the tenant with all its data. @param operatorToken an admin token of the first tenant */
export async function makeCompany(url: string, operatorToken: string): Promise<Company> {
  const operator = createClient({ url, token: operatorToken });
  const tenant = await operator.tenant.create.mutate({ name: tenantName, defaultCountry: "GB" });
  const admin = createClient({ url, token: tenant.token });

  const [crm, desk] = await Promise.all([
    admin.token.create.mutate(writers.crm),
    admin.token.create.mutate(writers.desk),
    admin.hierarchyLevel.replaceAll.mutate({ levels }),
    ...tags.map((name) => admin.groupTag.create.mutate({ name })),
    ...accessGroups.map((name) => admin.accessGroup.create.mutate({ name })),
  ]);
  // One after another, because the numbers of channels and users are assigned in order.
  for (const name of channels) await admin.channel.create.mutate({ name });
  for (const name of managers) await admin.user.create.mutate({ ...person(name), title: "Account manager" });

  const entries = readBook();
  for (const [level, hierarchyLevel] of levels.entries()) {
    const here = entries.filter((entry) => entry.level === level);
    await Promise.all(
      here.map(({ name, providedId, parent, contact, properties }) => {
        const { firstName, lastName } = person(contact);
        const place = entries.findIndex((entry) => entry.providedId === providedId);
        return admin.customer.create.mutate({
          providedId,
          referenceId: `TS-${1001 + place}`,
          name,
          firstName,
          lastName,
          email: `${slug(contact).replace("-", ".")}@${providedId}.example`,
          phone: `020 7946 0${100 + place}`,
          hierarchyLevel,
          parent,
          properties,
          mapping: level === 0 ? { "40": "213" } : null,
          accessGroup: "Production",
          userId: 1 + (place % managers.length),
          defaultChannelId: 1,
          groupTags: level === 0 ? ["renewal"] : properties?.["trial"] === true ? ["trial"] : [],
        });
      }),
    );
  }
  const sites = entries.filter(({ level }) => level === 2).slice(0, 3);
  await Promise.all(
    sites.map(({ contact, providedId }) =>
      admin.user.create.mutate({ ...person(contact), customer: providedId, title: "Site manager" }),
    ),
  );
  return {
    number: tenant.number,
    admin,
    crm: createClient({ url, token: crm.token }),
    desk: createClient({ url, token: desk.token }),
    deskToken: desk.token,
  };
}

function person(name: string): { username: string; firstName: string; lastName: string } {
  const [firstName = "", lastName = ""] = name.split(" ");
  return { username: slug(name).replace("-", "."), firstName, lastName };
}
