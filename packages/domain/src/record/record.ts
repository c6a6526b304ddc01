import { id, instant, integer, text } from "./field.ts";

/** What every record of every type has. */
export const recordFields = {
  id: id({
    access: "read",
    nullable: false,
    unique: true,
    description: "Roster's id of the record (UUIDv7).",
  }),
  version: integer({
    access: "read",
    nullable: false,
    description: "1 for a new record, one more with each applied change.",
  }),
  createdAt: instant({ access: "read", nullable: false, description: "When the record was created." }),
  updatedAt: instant({ access: "read", nullable: false, description: "When the record was last changed." }),
  deletedAt: instant({ access: "read", description: "When the record was deleted; null while it is live." }),
  createdBy: text({ access: "read", nullable: false, description: "Who created the record." }),
  updatedBy: text({ access: "read", nullable: false, description: "Who made the latest change." }),
} as const;

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
