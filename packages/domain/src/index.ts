export * from "./actor.ts";
export * from "./errors.ts";
export * from "./record-types.ts";
export * from "./standalone.ts";
export * from "./stored.ts";
export * from "./wire.ts";
export * from "./wires.ts";
export * from "./customer/customer.ts";
export * from "./customer/customer-update.ts";
export { inherit, maxLevels, type HierarchyContext, type Inheritable } from "./customer/hierarchy.ts";
export * from "./customer/duplicates.ts";
export * from "./customer/merge.ts";
export * from "./user/user.ts";
export * from "./user/user-update.ts";
export * from "./user-group/user-group.ts";
export * from "./user-group/user-group-update.ts";
export * from "./reference/reference.ts";
export * from "./reference/token.ts";
export * from "./stats/overview.ts";
export * from "./view/view.ts";
export * from "./webhook/event-type.ts";
export * from "./webhook/webhook.ts";
export * from "./webhook/webhook-update.ts";
export { changesOfEntries, collectEntryChanges, entryChanges, withEntryChanges } from "./record/apart.ts";
export * from "./change-set/change-set.ts";
export { decideUndo, type UndoStep } from "./change-set/undo.ts";
export { apply, diff, inverse, loggedFields, type Change } from "./record/change.ts";
export {
  decideDelete,
  decideErase,
  decideRestore,
  decideRevert,
  decideUpdate,
  decideUpsert,
  deleted,
  hasKey,
  matchOf,
  notFound,
  withFaults,
  type Decided,
} from "./record/decide.ts";
export * from "./record/edit.ts";
export { emailKey } from "./record/email.ts";
export { checkOnBehalfOf } from "./record/on-behalf-of.ts";
export * from "./record/feed.ts";
export {
  boolean,
  choice,
  country,
  date,
  email,
  emailSet,
  fieldGroups,
  fieldsWhere,
  id,
  idSet,
  instant,
  integer,
  isShown,
  isStored,
  json,
  phone,
  text,
  textSet,
  type CreateInput,
  type DecodedRecord,
  type Field,
  type FieldGroup,
  type FieldKind,
  type Fields,
  type JsonPatch,
  type JsonPatchValue,
  type JsonRecord,
  type KeyInput,
  type PatchInput,
  type Reference,
  type ReplaceInput,
  type SetInput,
  type StoredRecord,
  type WhereInput,
} from "./record/field.ts";
export * from "./record/filter.ts";
export * from "./record/find.ts";
export * from "./record/search.ts";
export { caseFolded } from "./record/fold.ts";
export * from "./record/history.ts";
export { canonicalId, canonicalName, identifierFault, isUuid, nameForms } from "./record/identifier.ts";
export { instantText, readInstant } from "./record/instant.ts";
export {
  checkText,
  isJsonObject,
  isPlainObject,
  isWellFormed,
  jsonEqual,
  jsonLimits,
  type JsonObject,
  type JsonValue,
} from "./record/json.ts";
export { parseJson } from "./record/json-text.ts";
export * from "./record/label.ts";
export * from "./record/list-input.ts";
export { mergePatch } from "./record/merge-patch.ts";
export { nearestName, unknownNames } from "./record/nearest-name.ts";
export * from "./record/operations.ts";
export * from "./record/operator.ts";
export {
  keyFields,
  namings,
  optionFields,
  parseCreate,
  parseEdits,
  parseRevert,
  parseUpdate,
  parseUpsert,
  parseWhere,
  type EditBlocks,
} from "./record/parse.ts";
export { maxItems, manyFields, parseCreateMany, parseMany, parseUpsertMany } from "./record/parse-many.ts";
export { pointer, segments } from "./record/pointer.ts";
export * from "./record/record.ts";
export { rewind, withLog } from "./record/rewind.ts";
export {
  create,
  edit,
  erase,
  plainRules,
  remove,
  settled,
  type Edited,
  type Invariants,
  type Outcome,
  type RecordRules,
} from "./record/update.ts";
export type { RuleContext } from "./record/rule-context.ts";
export * from "./record/update-input.ts";
export { characters, parseValue, valueSchema } from "./record/value.ts";
export { changedSince, isStale, overlap } from "./record/version.ts";
