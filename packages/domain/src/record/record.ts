import { id, instant, integer, text } from "./field.ts";

/** What every record of every type has. */
export const recordFields = {
  /** Roster's id of the record (UUIDv7). */
  id: id({
    access: "read",
    nullable: false,
    unique: true,
    description: "Roster's id of the record (UUIDv7).",
  }),
  /** 1 for a new record, one more with each applied change. */
  version: integer({
    access: "read",
    nullable: false,
    description: "1 for a new record, one more with each applied change.",
  }),
  /** When the record was created. */
  createdAt: instant({ access: "read", nullable: false, description: "When the record was created." }),
  /** When the record was last changed. */
  updatedAt: instant({ access: "read", nullable: false, description: "When the record was last changed." }),
  /** When the record was deleted; null while it is live. */
  deletedAt: instant({ access: "read", description: "When the record was deleted; null while it is live." }),
  /** Who created the record. */
  createdBy: text({ access: "read", nullable: false, description: "Who created the record." }),
  /** Who made the latest change. */
  updatedBy: text({ access: "read", nullable: false, description: "Who made the latest change." }),
} as const;

/** By this name, and not spread into each type of record, they keep their comments where they are used. */
export type RecordFields = typeof recordFields;

/** What records about people have besides. */
export const erasedAt = instant({
  access: "read",
  description: "When the record was erased for good; null unless it was.",
});

/** The part of a record that the rules of versions and lives need. */
export interface RecordBase {
  id: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
  createdBy: string;
  updatedBy: string;
}
