import { isJsonObject, RosterError, type JsonObject, type JsonValue } from "@roster/domain";
import { ScimError } from "../../scim/scim-error.ts";
import type { Reply } from "./answer.ts";
import { handle, type ScimRequest } from "./handle.ts";
import { maxBulkOperations } from "./limits.ts";
import { urlParameters } from "./query.ts";

/** Many operations in one request (RFC 7644, section 3.7). Each succeeds or fails by itself. */

interface BulkOperation {
  readonly method: string;
  readonly path: string;
  readonly bulkId: string | undefined;
  readonly version: string | undefined;
  readonly data: JsonValue | undefined;
  /** The `bulkId`s that it refers to. */
  readonly references: ReadonlySet<string>;
  /** How many of these other operations are still to make. */
  open: number;
  /** Undefined before it has run. */
  result?: JsonObject;
}

/** The members of an object by their names, which may be in any case. */
const byLowerCase = (object: JsonObject): ReadonlyMap<string, JsonValue> =>
  new Map(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));

/** @throws ScimError invalidSyntax; RosterError TOO_LARGE */
function readBulk(body: unknown): { operations: BulkOperation[]; failOnErrors: number } {
  if (!isJsonObject(body)) throw new ScimError("invalidSyntax", "the body must be a bulk request");
  const named = byLowerCase(body);
  const given = named.get("operations");
  const failOnErrors = named.get("failonerrors") ?? undefined;
  if (!Array.isArray(given)) throw new ScimError("invalidSyntax", "Operations must be a list");
  if (failOnErrors !== undefined && !(Number.isInteger(failOnErrors) && Number(failOnErrors) > 0))
    throw new ScimError("invalidSyntax", "failOnErrors must be a number from 1");
  if (given.length > maxBulkOperations)
    throw new RosterError("TOO_LARGE", `has ${given.length} operations, more than ${maxBulkOperations}`);
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const operations = given.map((one): BulkOperation => {
    const members = byLowerCase(isJsonObject(one) ? one : {});
    const path = text(members.get("path")) ?? "";
    const data = members.get("data");
    return {
      method: text(members.get("method"))?.toUpperCase() ?? "",
      path,
      bulkId: text(members.get("bulkid")),
      version: text(members.get("version")),
      data,
      references: references(path, data),
      open: 0,
    };
  });
  return { operations, failOnErrors: failOnErrors === undefined ? Infinity : Number(failOnErrors) };
}

/**
 * Carries out a bulk request.
 * @param refuse makes the answer to an operation that is refused
 */
export async function bulk(request: ScimRequest, refuse: (thrown: unknown) => Reply): Promise<Reply> {
  const { operations, failOnErrors } = readBulk(request.body);
  await new Run(request, operations, refuse).all(failOnErrors);
  return {
    status: 200,
    body: {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
      Operations: operations.flatMap(({ result }) => result ?? []),
    },
  };
}

class Run {
  readonly #request: ScimRequest;
  readonly #operations: readonly BulkOperation[];
  readonly #refuse: (thrown: unknown) => Reply;
  /** The ids of new resources; undefined for one that could not be made. */
  readonly #ids = new Map<string, string | undefined>();
  /** Members of new groups that were not there yet when these were made, because they refer to each other. */
  readonly #missing = new Map<BulkOperation, readonly string[]>();
  /** How many operations that have not run bear each `bulkId`. */
  readonly #unmade = new Map<string, number>();
  #errors = 0;

  constructor(
    request: ScimRequest,
    operations: readonly BulkOperation[],
    refuse: (thrown: unknown) => Reply,
  ) {
    this.#request = request;
    this.#operations = operations;
    this.#refuse = refuse;
    for (const { bulkId } of operations)
      if (bulkId !== undefined) this.#unmade.set(bulkId, (this.#unmade.get(bulkId) ?? 0) + 1);
  }

  /** Runs the operations in order; one that refers to a later one waits for it. */
  async all(failOnErrors: number): Promise<void> {
    const waiting = new Set(this.#operations);
    const dependents = Map.groupBy(
      this.#operations.flatMap((one) => [...one.references].map((bulkId) => ({ bulkId, one }))),
      ({ bulkId }) => bulkId,
    );
    for (const one of waiting) one.open = this.#open(one).length;
    for (let [first] = waiting; first; [first] = waiting) {
      const ready = find(waiting, ({ open }) => open === 0);
      const next = ready ?? find(waiting, isNewGroup) ?? first;
      const later = ready ? [] : this.#open(next);
      waiting.delete(next);
      const { bulkId } = next;
      if (bulkId !== undefined) {
        this.#unmade.set(bulkId, (this.#unmade.get(bulkId) as number) - 1);
        for (const { one } of dependents.get(bulkId) ?? []) one.open = this.#open(one).length;
      }
      await this.#one(next, later);
      if (this.#errors >= failOnErrors) return;
    }
    for (const [group, members] of this.#missing) await this.#complete(group, members);
  }

  /** The references of a waiting operation to resources that other operations have yet to create. */
  #open(operation: BulkOperation): string[] {
    return [...operation.references].filter(
      (bulkId) => (this.#unmade.get(bulkId) ?? 0) > (bulkId === operation.bulkId ? 1 : 0),
    );
  }

  /** @param later references that cannot be resolved yet, because the operations refer to each other */
  async #one(operation: BulkOperation, later: readonly string[]): Promise<void> {
    const { method, bulkId, version } = operation;
    let reply: Reply;
    try {
      let { data } = operation;
      if (later.length > 0) {
        data = withoutMembers(data, new Set(later));
        this.#missing.set(operation, later);
      }
      const path = this.#resolved(operation.path) as string;
      reply = await this.#send(method, path, this.#resolved(data), version);
    } catch (error) {
      reply = this.#refuse(error);
    }
    const failed = reply.status >= 400;
    if (failed) this.#errors++;
    const id = reply.body?.["id"];
    if (bulkId !== undefined && method === "POST")
      this.#ids.set(bulkId, !failed && typeof id === "string" ? id : undefined);
    const location =
      reply.headers?.["location"] ??
      (method === "POST" ? undefined : this.#request.base + slashed(operation.path));
    const tag = reply.headers?.["etag"];
    operation.result = {
      method,
      ...(bulkId !== undefined && { bulkId }),
      ...(location !== undefined && { location: this.#resolvedOr(location) }),
      ...(tag !== undefined && { version: tag }),
      status: String(reply.status),
      ...(failed && reply.body && { response: reply.body }),
    };
  }

  async #send(method: string, path: string, data: unknown, version?: string): Promise<Reply> {
    if (!["POST", "PUT", "PATCH", "DELETE"].includes(method))
      throw new ScimError("invalidSyntax", "method must be POST, PUT, PATCH or DELETE");
    const [bare = ""] = path.split("?");
    const parts = slashed(bare)
      .split("/")
      .slice(1)
      .filter((part) => part !== "");
    if (!/^(users|groups)$/i.test(parts[0] ?? "") || parts[1]?.startsWith("."))
      throw new ScimError("invalidPath", "path must lead to users or groups");
    return handle({
      ...this.#request,
      method,
      path: parts,
      parameters: urlParameters(path),
      body: data,
      ifMatch: version,
      ifNoneMatch: undefined,
      // Only the version of the resource is in the answer.
      accept: undefined,
    });
  }

  /** Adds the members that a group lacks for being made before them. */
  async #complete(group: BulkOperation, bulkIds: readonly string[]): Promise<void> {
    const id = group.bulkId && this.#ids.get(group.bulkId);
    const value = bulkIds
      .flatMap((bulkId) => this.#ids.get(bulkId) ?? [])
      .map((member) => ({ value: member }));
    if (!id || value.length === 0) return;
    const Operations = [{ op: "add", path: "members", value }];
    const { headers } = await this.#send("PATCH", `/Groups/${id}`, { Operations });
    const tag = headers?.["etag"];
    if (tag !== undefined) group.result = { ...group.result, version: tag };
  }

  #resolvedOr(text: string): string {
    try {
      return this.#resolved(text) as string;
    } catch {
      return text;
    }
  }

  /** A value with the ids of new resources in place of references. @throws ScimError invalidValue */
  #resolved(value: JsonValue | undefined): JsonValue | undefined {
    return mapTexts(value, (text) =>
      text.replaceAll(reference, (written, bulkId: string) => {
        const known = this.#unmade.has(bulkId);
        const id = this.#ids.get(bulkId);
        if (id !== undefined) return id;
        // A text that happens to look like a reference stays as it is.
        if (!known && text !== written) return written;
        throw new ScimError("invalidValue", `${written} names no resource that this request has made`);
      }),
    );
  }
}

const reference = /bulkId:([^\s"\][,/?]+)/g;

const isNewGroup = ({ method, path }: BulkOperation): boolean =>
  method === "POST" && /^\/?groups\/?$/i.test(path);

function references(path: string, data: JsonValue | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  const collect = (text: string) => {
    for (const [, bulkId = ""] of text.matchAll(reference)) found.add(bulkId);
    return text;
  };
  mapTexts(data, collect);
  collect(path);
  return found;
}

function mapTexts(value: JsonValue | undefined, map: (text: string) => string): JsonValue | undefined {
  if (typeof value === "string") return value.includes("bulkId:") ? map(value) : value;
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, map) as JsonValue);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, mapTexts(part, map) as JsonValue]),
  );
}

/** The data of a new group without the members that are references to these. */
function withoutMembers(data: JsonValue | undefined, bulkIds: ReadonlySet<string>): JsonValue | undefined {
  if (!isJsonObject(data)) return data;
  const isLater = (member: JsonValue) => {
    const id = isJsonObject(member) ? member["value"] : member;
    return typeof id === "string" && bulkIds.has(id.replace(/^bulkId:/, ""));
  };
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      key.toLowerCase() === "members" && Array.isArray(value) ? value.filter((one) => !isLater(one)) : value,
    ]),
  );
}

/** The first element of a set that meets a condition. */
function find<T>(all: ReadonlySet<T>, meets: (one: T) => boolean): T | undefined {
  for (const one of all) if (meets(one)) return one;
  return undefined;
}

const slashed = (path: string): string => (path.startsWith("/") ? path : `/${path}`);
