import {
  authorize,
  canonicalId,
  plainUpdate,
  type Actor,
  type ExpectedVersion,
  type JsonObject,
  type ParsedCreate,
  type StoredRecords,
} from "@roster/domain";
import type { Store } from "../record/command.ts";
import type { DecisionContext } from "../record/noun.ts";
import type { RecordService } from "../record/record-service.ts";
import type { Countable, TenantReader, Want } from "../store/database.ts";
import type { ResourceType } from "./attributes.ts";
import type { Filter } from "./filter.ts";
import { LiveCounts } from "./live-counts.ts";
import { search, type ListQuery } from "./search.ts";

/** A call: its actor, the attributes that its answer shows, and the versions that it accepts. */
export interface ScimCall {
  actor: Actor;
  /** The address of the SCIM API, to make the addresses of resources. */
  base: string;
  /** Whether the answer shows an attribute. */
  shows(attribute: string): boolean;
  /** The versions that the caller accepts; undefined for any. */
  expected?: ExpectedVersion | undefined;
}

/** A resource as clients see it, and the version of its record. */
export interface Shown {
  resource: JsonObject;
  version: number;
}

/**
 * The resources of one type, each made from a record. Clients of SCIM state no version, also where a tenant
 * requires it.
 */
export abstract class Collection<T extends Countable> {
  abstract readonly type: ResourceType;
  protected abstract readonly recordType: T;
  protected readonly records: RecordService<T, StoredRecords[T]>;
  readonly #store: Store;
  readonly #counts = new LiveCounts();

  constructor(store: Store, records: RecordService<T, StoredRecords[T]>) {
    this.#store = store;
    this.records = records;
  }

  abstract create(call: ScimCall, body: unknown): Promise<Shown>;

  async get(call: ScimCall, id: string): Promise<Shown> {
    return this.shown(call, await this.records.get(call.actor, whereId(id)));
  }

  abstract replace(call: ScimCall, id: string, body: unknown): Promise<Shown>;

  abstract patch(call: ScimCall, id: string, body: unknown): Promise<Shown>;

  async delete({ actor, expected }: ScimCall, id: string): Promise<void> {
    await this.records.delete(actor, whereId(id), undefined, expected ?? "current");
  }

  async list(call: ScimCall, query: ListQuery): Promise<{ total: number; resources: JsonObject[] }> {
    const store = this.reader(call);
    const source = {
      reader: store,
      type: this.recordType,
      count: () => this.#counts.of(store, call.actor.tenant.number, this.recordType),
      resourceType: this.type,
      resources: (records: readonly StoredRecords[T][], filter: Filter | undefined) =>
        this.searched(call, records, filter),
    };
    const { total, records } = await search(source, query);
    return { total, resources: await this.resources(call, records) };
  }

  /** The resources of records, with the attributes that a filter or an order looks at. */
  protected abstract searched(
    call: ScimCall,
    records: readonly StoredRecords[T][],
    filter: Filter | undefined,
  ): Promise<JsonObject[]>;

  /** The resources of records as clients see them. A page may be shorter than asked for. */
  protected abstract resources(call: ScimCall, records: readonly StoredRecords[T][]): Promise<JsonObject[]>;

  protected async update(
    call: ScimCall,
    id: string,
    change: (current: StoredRecords[T], context: DecisionContext) => ParsedCreate,
    wants: readonly Want[] = [],
  ): Promise<Shown> {
    const { record } = await this.records.update(
      call.actor,
      plainUpdate(whereId(id), { edits: [], faults: [] }),
      (current, context) => ({
        ...change(current, context),
        expectedVersion: call.expected ?? current.version,
      }),
      wants,
    );
    return this.shown(call, record);
  }

  protected async shown(call: ScimCall, record: StoredRecords[T]): Promise<Shown> {
    const [resource] = await this.resources(call, [record]);
    return { resource: resource as JsonObject, version: record.version };
  }

  /** Reads for a caller who may read users and user groups. @throws RosterError FORBIDDEN */
  protected reader({ actor }: ScimCall): TenantReader {
    authorize(actor, "users:read");
    return this.#store.database.tenant(actor.tenant.number);
  }

  /** A resource with the attributes that Roster sets around those of the record. */
  protected withCommon(
    { base }: ScimCall,
    { id, version, createdAt, updatedAt }: StoredRecords[T],
    resource: JsonObject,
  ): JsonObject {
    const extensions = Object.keys(resource).filter((name) => name.startsWith("urn:"));
    return {
      schemas: [this.type.core.id, ...extensions],
      id,
      ...resource,
      meta: {
        resourceType: this.type.core.name,
        created: createdAt,
        lastModified: updatedAt,
        location: `${base}${this.type.endpoint}/${id}`,
        version: `W/"${version}"`,
      },
    };
  }
}

const whereId = (id: string) => [{ field: "id" as const, value: canonicalId(id) }];
