import { client, queryClient } from "../../app/api.ts";
import { messages } from "../../messages.ts";
import { errorText } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";

/** Takes a merge apart. @param duplicate the id of the customer that was merged into another */
export async function unmerge(duplicate: string): Promise<void> {
  try {
    await client.customer.unmerge.mutate({ where: { id: duplicate } });
    toast(messages.history.unmerged);
  } catch (error) {
    toast(messages.errors.title, { description: errorText(error) });
  }
  void queryClient.invalidateQueries({ queryKey: ["customer"] });
}

/** The milliseconds in which a merge changes both customers. */
const aMoment = 1_000;

/** The id of the customer that was merged into another at a time, from the history of the other. */
export async function mergedAt(survivor: string, at: Date): Promise<string | undefined> {
  const { items } = await client.customer.list.query({
    filter: { mergedInto: survivor, deleted: true },
    limit: 200,
  });
  // The duplicate is deleted right before the survivor changes.
  const before = ({ deletedAt }: (typeof items)[number]) => at.getTime() - (deletedAt?.getTime() ?? 0);
  return items
    .filter((item) => before(item) >= 0 && before(item) < aMoment)
    .toSorted((a, b) => before(a) - before(b))[0]?.id;
}
