export * from "./actor.ts";
export * from "./errors.ts";
export * from "./record-types.ts";
export * from "./standalone.ts";
export * from "./wire.ts";
export * from "./wires.ts";
export * from "./customer/customer.ts";
export * from "./customer/customer-update.ts";
export * from "./customer/hierarchy.ts";
export * from "./customer/merge.ts";
export * from "./user/user.ts";
export * from "./user/user-update.ts";
export * from "./reference/reference.ts";
export * from "./webhook/event-type.ts";
export * from "./webhook/webhook.ts";
export * from "./webhook/webhook-update.ts";
export * from "./record/change.ts";
export * from "./record/feed.ts";
export * from "./record/history.ts";
export * from "./record/json.ts";
export * from "./record/list-input.ts";
export * from "./record/merge-patch.ts";
export { nearestName } from "./record/nearest-name.ts";
export * from "./record/operations.ts";
export * from "./record/parse.ts";
export * from "./record/pointer.ts";
export * from "./record/record.ts";
export * from "./record/rewind.ts";
export * from "./record/update.ts";
export * from "./record/update-input.ts";
export * from "./record/value.ts";
export * from "./record/version.ts";
export {
  fieldsWhere,
  type CreateInput,
  type DecodedRecord,
  type Field,
  type FieldKind,
  type Fields,
  type JsonPatch,
  type JsonPatchValue,
  type JsonRecord,
  type PatchInput,
  type Reference,
  type ReplaceInput,
  type SetInput,
  type StoredRecord,
  type WhereInput,
} from "./record/field.ts";
