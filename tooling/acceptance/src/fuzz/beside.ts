import { rpcOf } from "../rpc.ts";

/** Sequential updates beside hostile requests, and the faults in their answers. */
export interface Beside {
  /** Stops the updates. @returns the problems, and the number of updates */
  stop(): Promise<{ problems: string[]; updates: number }>;
}

/** The maximum number of problems kept. */
const most = 20;

/**
 * Repeatedly updates a customer of a tenant that nobody else writes to, and checks readiness, until stopped.
 * Whatever others send, each update must be stored and the server must be ready.
 * @param token the token of an admin of that tenant
 */
export async function updateBeside(url: string, token: string): Promise<Beside> {
  const rpc = rpcOf(url, token);
  const { data } = await rpc("customer.create", { name: "beside" });
  const where = { id: data["id"] };
  const problems: string[] = [];
  let updates = 0;
  const ending = new AbortController();

  const once = async (): Promise<void> => {
    const [answer, ready] = await Promise.all([
      rpc("customer.update", { where, patch: { properties: { count: updates + 1 } } }),
      fetch(`${url}/readyz`),
    ]);
    await ready.arrayBuffer();
    if (ready.status !== 200) problems.push(`/readyz answers ${ready.status} beside other requests`);
    if (answer.status !== 200)
      problems.push(
        `an update beside other requests is answered ${answer.status} ${JSON.stringify(answer.error)}`,
      );
    else if (answer.data["version"] !== ++updates + 1)
      problems.push(
        `update ${updates} beside other requests makes version ${String(answer.data["version"])}`,
      );
  };
  const going = (async () => {
    while (!ending.signal.aborted && problems.length < most) await once();
  })().catch(
    (error: unknown) =>
      void problems.push(`an update beside other requests is not answered: ${String(error)}`),
  );
  return {
    async stop() {
      ending.abort();
      await going;
      return { problems, updates };
    },
  };
}
