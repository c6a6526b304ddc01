import { createHash } from "node:crypto";
import { isWellFormed, refusal, type Page } from "@roster/domain";
import { z } from "zod";

/**
 * The parts of cursors. Callers can invent cursors, so values that no record has are refused here: not every
 * database accepts them in a query.
 */
export const positions = {
  /** A version, or the number of a tenant. */
  count: z.int().min(1),
  id: z.uuid(),
  instant: z.iso.datetime(),
  text: z.string().refine((text) => !text.includes("\u0000") && isWellFormed(text)),
};

/**
 * Makes and reads the cursors of one list. They are opaque to callers, and valid only for that list.
 *
 * @param list everything that identifies the list: the tenant, the filter, the sort
 * @param position the schema of a position in the list
 */
export function cursors<Position>(list: unknown, position: z.ZodType<Position>) {
  const seal = createHash("sha256").update(JSON.stringify(list)).digest("base64url").slice(0, 16);
  const write = (place: Position): string =>
    `${seal}.${Buffer.from(JSON.stringify(place)).toString("base64url")}`;
  return {
    /** @throws RosterError INVALID for a cursor that is broken or from another list */
    read(cursor: string | undefined): Position | undefined {
      if (cursor === undefined) return undefined;
      const [given, text] = cursor.split(".");
      try {
        if (given === seal)
          return position.parse(JSON.parse(Buffer.from(text ?? "", "base64url").toString()));
      } catch {
        // Not a cursor; refused below.
      }
      const message = "is not a cursor of this list with this filter, sort and order";
      throw refusal([{ pointer: "/cursor", code: "invalid_format", message }]);
    },
    write,
    /** A page of the found items: if there is one more than the limit, another page follows. */
    page<Item>(found: readonly Item[], limit: number, placeOf: (item: Item) => Position): Page<Item> {
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return { items, nextCursor: last ? write(placeOf(last)) : null };
    },
  };
}
