import {
  authorize,
  customerFields,
  groupTagFields,
  parseCreate,
  parseCreateMany,
  parseUpdate,
  RosterError,
  userFields,
  type Actor,
  type ChangeSetJson,
  type CustomerJson,
  type GroupTagJson,
  type HierarchyLevelJson,
  type Page,
  type UserJson,
} from "@roster/domain";
import type { Records } from "../record/record-service.ts";

/** Records for a tenant that has none, so that people can look around. */

/** The name of their change set. */
const name = "Sample data";

interface Parts {
  customer: Records<CustomerJson>;
  user: Records<UserJson>;
  groupTag: Records<GroupTagJson>;
  hierarchyLevel: Pick<Records<HierarchyLevelJson>, "list">;
  changeSet: {
    list(actor: Actor, input: { kind: "import"; limit: number }): Promise<Page<ChangeSetJson>>;
    open(actor: Actor, input: { name: string; kind: "import"; reason: string }): Promise<ChangeSetJson>;
    close(actor: Actor, id: string): Promise<ChangeSetJson>;
  };
}

const levels = ["Group", "Company", "Site"];
const tags = ["priority", "trial"];
const reason = "sample data";

/** Numbers and domains that nobody has: those that Ofcom reserves for drama, and those of RFC 2606. */
const phone = (n: number): string => `+44 20 7946 0${String(100 + n)}`;
const slug = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]+/g, "-");

const groups: Record<string, string[]> = {
  "Meridian Foods": ["Harbour Bakery", "Northfield Dairy"],
  "Aurora Energy": ["Aurora Wind", "Aurora Grid"],
  "Kestrel Logistics": ["Kestrel Freight", "Kestrel Storage"],
};
const cities = ["Bristol", "Leeds"];

function companies(): object[] {
  let n = 0;
  const customer = (name: string, hierarchyLevel: string, parent: string | undefined, more: object = {}) => ({
    providedId: slug(name),
    name,
    hierarchyLevel,
    ...(parent !== undefined && { parent: slug(parent) }),
    email: `office@${slug(name)}.example`,
    phone: phone(n++),
    isDemo: true,
    ...more,
  });
  return Object.entries(groups).flatMap(([group, own], i) => [
    customer(group, "Group", undefined, {
      properties: { region: "eu", support: i === 0 ? "always" : "office hours" },
    }),
    ...own.flatMap((company, j) => [
      customer(company, "Company", group, {
        groupTags: [tags[(i + j) % tags.length]],
        properties: { plan: j === 0 ? "pro" : "free", seats: 5 * (i + j + 1) },
      }),
      ...cities.map((city) =>
        customer(`${company} ${city}`, "Site", company, { addressCity: city, addressCountry: "GB" }),
      ),
    ]),
  ]);
}

const people = [
  { firstName: "Ada", lastName: "Okafor", dateOfBirth: "1984-03-12", email: "ada.okafor@mail.example" },
  { firstName: "Ada", lastName: "Okafor", dateOfBirth: "1984-03-12", email: "a.okafor@work.example" },
  { firstName: "Jürgen", lastName: "Groß", dateOfBirth: "1971-11-02", email: "jg@mail.example" },
  { firstName: "J.", lastName: "Gross", emails: ["jg@mail.example"], phone: phone(90) },
  { firstName: "نور", lastName: "الحسن", dateOfBirth: "1992-07-30", email: "noor@mail.example" },
  { firstName: "美咲", lastName: "田中", dateOfBirth: "1988-01-19", email: "misaki@mail.example" },
  { firstName: "Siân", lastName: "O’Connor", email: "sian@mail.example", phone: phone(91) },
].map((person, i) => ({ providedId: `person-${i + 1}`, isDemo: true, ...person }));

const staff = Object.values(groups)
  .flat()
  .map((company, i) => ({
    username: `${slug(company)}-desk`,
    firstName: ["Bea", "Chidi", "Dana", "Elif", "Femi", "Greta"][i],
    lastName: ["Novak", "Eze", "Levi", "Kaya", "Ade", "Lund"][i],
    email: `desk@${slug(company)}.example`,
    title: i % 2 === 0 ? "Support" : "Sales",
    organization: company,
    customer: slug(company),
  }));

/**
 * Loads sample data into a tenant without customers and users, as one change set, which can be undone. Where they
 * are loaded already, it returns that change set.
 *
 * @param replaceLevels sets the levels of the tenant
 * @throws RosterError CONFLICT where there are records
 */
export async function loadSampleData(
  { customer, user, groupTag, hierarchyLevel, changeSet }: Parts,
  replaceLevels: (actor: Actor, input: unknown) => Promise<Page<HierarchyLevelJson>>,
  asker: Actor,
): Promise<ChangeSetJson> {
  authorize(asker, "admin");
  // There are several commands below, which cannot share one key; a repetition finds the loaded records.
  const actor = { ...asker, idempotency: undefined };
  const counts = await Promise.all([customer, user].map((records) => records.count(actor, { filter: {} })));
  const page = { limit: 200, order: "asc" } as const;
  const imports = await changeSet.list(actor, { kind: "import", limit: 200 });
  const loaded = imports.items.find((set) => set.name === name && set.undoneBy === null);
  if (loaded) return loaded;
  const own = (await hierarchyLevel.list(actor, page)).items.map(({ name }) => name);
  if (counts.some(({ count }) => count > 0))
    throw new RosterError("CONFLICT", "there are records already: sample data is for an empty tenant");
  if (own.length > 0 && own.join() !== levels.join())
    throw new RosterError(
      "CONFLICT",
      "the tenant has hierarchy levels of its own, which sample data would replace",
    );
  await replaceLevels(actor, { levels });
  const tagged = new Set((await groupTag.list(actor, page)).items.map(({ name }) => name));
  for (const name of tags.filter((tag) => !tagged.has(tag)))
    await groupTag.create(actor, parseCreate(groupTagFields, { name }));

  const set = await changeSet.open(actor, { name, kind: "import", reason });
  const into = { mode: "atomic", changeSet: set.id, reason };
  await customer.createMany(
    actor,
    parseCreateMany(customerFields, { ...into, items: [...companies(), ...people] }),
  );
  await user.createMany(actor, parseCreateMany(userFields, { ...into, items: staff }));
  // Something to see in a history.
  const where = { providedId: slug("Harbour Bakery") };
  for (const [patch, why] of [
    [{ phone: phone(80) }, "new switchboard"],
    [{ properties: { plan: "enterprise", seats: 40 } }, "contract of spring"],
  ] as const)
    await customer.update(actor, parseUpdate(customerFields, { where, patch, reason: why }));
  return changeSet.close(actor, set.id);
}
