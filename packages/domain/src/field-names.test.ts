import { expectTypeOf, it } from "vitest";
import { standaloneContext, type CustomerContext, type Edit, type MergeChoice, type Where } from "./index.ts";

it("rules and requests type field names by the policies, so that the compiler finds every use of a renamed field", () => {
  expectTypeOf<"providedId">().toExtend<Where["field"]>();
  expectTypeOf<"email">().not.toExtend<Where["field"]>();
  expectTypeOf<"firstName">().toExtend<Edit["field"]>();
  expectTypeOf<"fristName">().not.toExtend<Edit["field"]>();
  expectTypeOf<"name">().toExtend<MergeChoice["field"]>();
  expectTypeOf<"parent">().not.toExtend<MergeChoice["field"]>();
  expectTypeOf<Parameters<CustomerContext["taken"]>[0]>().toEqualTypeOf<Where["field"]>();
  const context: CustomerContext = {
    ...standaloneContext(new Date(0), "me"),
    // @ts-expect-error: no such field
    taken: (field) => field === "providedID",
  };
  expectTypeOf(context).toEqualTypeOf<CustomerContext>();
});
