import type { Operation } from "./operation.ts";
import { bulkOperations } from "./bulk.ts";
import { changeSetOperations } from "./change-sets.ts";
import { changeOperation } from "./changes.ts";
import { membersOperation, readOperations } from "./read.ts";
import { bulkResources, resources } from "./resource.ts";
import { writeOperations } from "./write.ts";

/** All operations of the canonical REST API. */
export const operations: readonly Operation[] = [
  ...resources.flatMap((resource) => [...readOperations(resource), ...writeOperations(resource)]),
  membersOperation,
  ...bulkResources.flatMap(bulkOperations),
  ...changeSetOperations,
  changeOperation,
];
