import { id, instant, integer, text } from "./field.ts";

/** The fields of every record. */
export const recordFields = {
  /** Roster's id of the record (UUIDv7). */
  id: id({
    access: "read",
    nullable: false,
    unique: true,
    description: "Roster's id of the record (UUIDv7).",
  }),
  /** 1 for a new record; each applied change adds 1. */
  version: integer({
    access: "read",
    nullable: false,
    description: "1 for a new record; each applied change adds 1.",
  }),
  /** When the record was created. */
  createdAt: instant({
    label: "Created",
    indexed: "exact",
    access: "read",
    nullable: false,
    description: "When the record was created.",
  }),
  /** When the record was last changed. */
  updatedAt: instant({
    label: "Changed",
    listed: true,
    access: "read",
    nullable: false,
    description: "When the record was last changed.",
  }),
  /** When the record was deleted; null while it is live. */
  deletedAt: instant({
    label: "Deleted",
    indexed: "exact",
    access: "read",
    description: "When the record was deleted; null while it is live.",
  }),
  /** The actor that created the record. */
  createdBy: text({ access: "read", nullable: false, description: "The actor that created the record." }),
  /** The actor that made the latest change. */
  updatedBy: text({
    label: "Changed by",
    access: "read",
    nullable: false,
    description: "The actor that made the latest change.",
  }),
} as const;

/**
 * Spreading a named type, rather than the fields, keeps their comments visible where they are used.
 */
export type RecordFields = typeof recordFields;

/** A field of records about people. */
export const erasedAt = instant({
  label: "Erased",
  access: "read",
  description: "When the record was permanently erased; null if it was not.",
});

/** The part of a record that the rules about versions and deletion need. */
export interface RecordBase {
  id: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
  createdBy: string;
  updatedBy: string;
}
