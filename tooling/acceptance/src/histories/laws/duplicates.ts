import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import type { Shown } from "../model.ts";
import { same } from "../wrong.ts";

/** Pairs of live customers that share an address or a phone number are duplicates, once each, unless somebody said otherwise. */
export async function checkDuplicates(
  { door, random, distinct }: History,
  customers: readonly Shown[],
): Promise<void> {
  const expected: string[] = [];
  for (const [i, a] of customers.entries())
    for (const b of customers.slice(i + 1)) {
      const shares = [
        ...(addressesOf(a).some((address) => addressesOf(b).includes(address)) ? ["email"] : []),
        ...(a["phone"] !== null && a["phone"] === b["phone"] ? ["phone"] : []),
      ];
      if (shares.length > 0 && !distinct.has(`${a.id} ${b.id}`))
        expected.push(`${a.id} ${b.id} ${shares.join()}`);
    }
  const pairs = await door.all("customer.duplicates", { limit: 1 + random.below(30) });
  const found = pairs.flatMap(({ a, b, reasons }) => {
    const shares = (reasons as string[]).filter((reason) => reason !== "nameAndBirthday");
    return shares.length === 0
      ? []
      : [`${(a as JsonObject)["id"] as string} ${(b as JsonObject)["id"] as string} ${shares.join()}`];
  });
  same(found.toSorted(), expected.toSorted(), "the duplicates");
}

const addressesOf = ({ email, emails }: Shown): string[] =>
  [email as string | null, ...(emails as string[])].flatMap((address) =>
    address === null ? [] : address.toLowerCase(),
  );
