import type { Operation } from "./operation.ts";
import { changeOperation } from "./changes.ts";
import { readOperations } from "./read.ts";
import { resources } from "./resource.ts";
import { writeOperations } from "./write.ts";

/** Everything that the canonical REST API can do. */
export const operations: readonly Operation[] = [
  ...resources.flatMap((resource) => [...readOperations(resource), ...writeOperations(resource)]),
  changeOperation,
];
