import { tamper } from "@roster/api/testing/look";
import type { ErrorBody } from "@roster/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defectsIn } from "../defects.ts";
import { onPostgres } from "../server.ts";
import { audit } from "./audit.ts";
import { useServer } from "../use-server.ts";

/** A command that cannot be stored fails alone: the others in its commit are stored. */

const internal = { code: "INTERNAL", message: "an internal error; it has been logged" };
const secret = "Lovelace-Unmistakable";

const { server, rpc } = useServer();
let begin = 0;
beforeEach(() => {
  begin = server.output().length;
});
afterEach(() => mend());
/** The server's output since the test began. */
const output = (): string => server.output().slice(begin);

const make = async (many: number): Promise<string[]> =>
  Promise.all(
    Array.from(
      { length: many },
      async (_, i) => (await rpc("customer.create", { name: `c${i}` })).data["id"] as string,
    ),
  );

interface Call {
  path: string;
  input: object;
}
interface Answer {
  result?: { data: { applied?: boolean; replayed?: boolean; version?: number } };
  error?: { message: string; data: { httpStatus: number; error: ErrorBody } };
}

/** Makes calls in one HTTP request: they arrive together, in this order, and share a commit. */
async function together(calls: readonly Call[]): Promise<Answer[]> {
  const response = await fetch(`${server.url}/trpc/${calls.map(({ path }) => path).join(",")}?batch=1`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(calls.map(({ input }, i) => [i, input]))),
  });
  return (await response.json()) as Answer[];
}

const naming = (id: string, i: number): Call => ({
  path: "customer.update",
  input: { where: { id }, patch: { name: `${secret} ${i}` }, idempotencyKey: `of ${id}` },
});
const told = ({ result, error }: Answer): unknown =>
  error?.data.error ?? { applied: result?.data.applied, replayed: result?.data.replayed ?? false };
const done = { applied: true, replayed: false };
const replayed = { applied: true, replayed: true };
const readiness = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status;
const errorLines = (): string[] => defectsIn(output());

/** A cause that prevents some customers from being stored, and no others. */
interface Fault {
  comes(ids: readonly string[]): string;
  goes: string;
  /** Text of the cause in the log. */
  cause: string;
}

let broken: Fault | undefined;
async function breakFor(fault: Fault, ids: readonly string[]): Promise<void> {
  await tamper(server.database, fault.comes(ids));
  broken = fault;
}
async function mend(): Promise<void> {
  if (broken) await tamper(server.database, broken.goes);
  broken = undefined;
}

const list = (ids: readonly string[]): string => ids.map((id) => `'${id}'`).join(", ");

const onSqliteOnly = (how: string): Fault => ({
  comes: (ids) => `create trigger refusing before update on customers when new.id in (${list(ids)})
    begin select raise(${how === "ignore" ? how : `${how}, 'refused by a trigger'`}); end`,
  goes: "drop trigger refusing",
  cause: "refused by a trigger",
});

const onPostgresOnly = (
  statement: string,
  cause = "refused by a trigger",
  when = "before update",
): Fault => ({
  comes: (ids) =>
    `create function refuse() returns trigger language plpgsql as $$
    begin if new.id in (${list(ids)}) then ${statement}; end if; return new; end $$;
    create ${when} on customers ${when.startsWith("constraint") ? "deferrable initially deferred " : ""}for each row execute function refuse()`
      .replace(/create (before|after) /, "create trigger refusing $1 ")
      .replace("create constraint trigger", "create constraint trigger refusing"),
  goes: "drop trigger refusing on customers; drop function refuse",
  cause,
});

const faults: Record<string, Fault> = onPostgres
  ? {
      "a trigger": onPostgresOnly("raise exception 'refused by a trigger'"),
      "a trigger that raises when the transaction commits": onPostgresOnly(
        "raise exception 'refused by a trigger'",
        "refused by a trigger",
        "constraint trigger after update",
      ),
      "a check": {
        comes: (ids) =>
          `alter table customers add constraint refusing check (id not in (${list(ids)})) not valid`,
        goes: "alter table customers drop constraint refusing",
        cause: '"constraint":"refusing"',
      },
      "a defect in a trigger": onPostgresOnly("perform 1 / 0", "division by zero"),
      "a value that is out of a column's range": onPostgresOnly(
        "new.version := 9223372036854775807 + new.version",
        "out of range",
      ),
      "an internal error of PostgreSQL": onPostgresOnly(
        "raise exception 'refused by a trigger' using errcode = 'XX000'",
      ),
      "a trigger that raises what a full disk does": onPostgresOnly(
        "raise exception 'refused by a trigger' using errcode = '53100'",
      ),
      "a trigger that raises what a timeout does": onPostgresOnly(
        "raise exception 'refused by a trigger' using errcode = '57014'",
      ),
      "a trigger that does not get a lock": onPostgresOnly(
        "raise exception 'refused by a trigger' using errcode = '55P03'",
      ),
      "a trigger that raises an internal error when the transaction commits": onPostgresOnly(
        "raise exception 'refused by a trigger' using errcode = 'XX000'",
        "refused by a trigger",
        "constraint trigger after update",
      ),
      "a trigger that reads a missing file": onPostgresOnly(
        "perform pg_read_file('not-there')",
        "could not open file",
      ),
      "a trigger that leaves the row unchanged": onPostgresOnly("return null", "is no longer at version"),
    }
  : {
      "a trigger": onSqliteOnly("abort"),
      "a trigger that leaves what its statement has done": onSqliteOnly("fail"),
      "a trigger that ends the whole transaction": onSqliteOnly("rollback"),
      "a defect in a trigger": {
        comes: (ids) => `create trigger refusing before update on customers when new.id in (${list(ids)})
          begin select json('{'); end`,
        goes: "drop trigger refusing",
        cause: "malformed JSON",
      },
      "a trigger that leaves the row unchanged": {
        ...onSqliteOnly("ignore"),
        cause: "is no longer at version",
      },
      "a row that cannot be read": {
        comes: (ids) => `update customers set properties = '{"name":"${secret}' where id in (${list(ids)})`,
        goes: "update customers set properties = null where properties not like '%}'",
        cause: "cannot be read",
      },
    };

/** A trigger that silently drops the row if its name has a mark. */
const leavingOut: Fault = onPostgres
  ? {
      comes: () => `create function leave_out() returns trigger language plpgsql as $$
        begin if new.name = 'left out' then return null; end if; return new; end $$;
        create trigger leaving_out before insert on customers for each row execute function leave_out()`,
      goes: "drop trigger leaving_out on customers; drop function leave_out",
      cause: "left out",
    }
  : {
      comes: () => `create trigger leaving_out before insert on customers when new.name = 'left out'
        begin select raise(ignore); end`,
      goes: "drop trigger leaving_out",
      cause: "left out",
    };

/** The indexes of the commands, of 21 in a commit, that cannot be stored. */
const places: Record<string, number[]> = {
  first: [0],
  "in the middle": [7],
  last: [20],
  several: [0, 3, 4, 20],
  all: Array.from({ length: 21 }, (_, i) => i),
};
const several = Object.entries(places).filter(([name]) => ["several", "all"].includes(name));

describe.each(Object.entries(faults))("%s", (name, fault) => {
  it.each(name === "a trigger" ? Object.entries(places) : several)(
    "fails its own commands alone: %s",
    async (_where, bad) => {
      const ids = await make(21);
      await breakFor(
        fault,
        bad.map((i) => ids[i] as string),
      );

      const answers = await together(ids.map(naming));
      expect(answers.map(told)).toEqual(ids.map((_, i) => (bad.includes(i) ? internal : done)));
      expect(answers.map(({ error }) => error?.data.httpStatus ?? 200)).toEqual(
        ids.map((_, i) => (bad.includes(i) ? 500 : 200)),
      );
      expect(await readiness()).toBe(200);

      // The log arrives through a separate pipe.
      await expect.poll(() => errorLines().length).toBe(bad.length);
      for (const line of errorLines()) expect(line).toContain(fault.cause);
      expect(output()).not.toContain(secret);
      expect(JSON.stringify(answers.filter(({ error }) => error))).not.toContain("refus");

      await mend();
      const again = await together(ids.map(naming));
      expect(again.map(told)).toEqual(ids.map((_, i) => (bad.includes(i) ? done : replayed)));
      const { problems, log } = await audit(server.database);
      expect(problems).toEqual([]);
      const updates = log.filter(({ action, recordId }) => action === "update" && ids.includes(recordId));
      expect(updates).toHaveLength(21);
    },
  );
});

describe("a change that cannot be stored", () => {
  const fault = faults["a trigger"] as Fault;
  /** A cause that ends the transaction makes the whole series fail. */
  const forSeries = Object.entries(faults).filter(([name]) => !name.includes("ends the whole transaction"));

  it.each(forSeries)("fails only its own item of an independent bulk update: %s", async (_name, one) => {
    const ids = await make(12);
    const bad = [0, 5, 11];
    await breakFor(
      one,
      bad.map((i) => ids[i] as string),
    );
    const items = ids.map((id, i) => ({ where: { id }, patch: { name: `n${i}` } }));
    const many = {
      path: "customer.updateMany",
      input: { items, mode: "independent", idempotencyKey: `many ${String(ids[0])}` },
    };
    const others = await make(2);
    const [before, answer, after] = await together([
      naming(others[0] as string, 0),
      many,
      naming(others[1] as string, 1),
    ]);
    expect([told(before as Answer), told(after as Answer)]).toEqual([done, done]);
    const data = answer?.result?.data as unknown as { applied: number; items: { error?: ErrorBody }[] };
    expect(data.items.map(({ error }) => error)).toEqual(
      ids.map((_, i) => (bad.includes(i) ? internal : undefined)),
    );
    expect(data.applied).toBe(9);
    expect(await readiness()).toBe(200);
    await expect.poll(() => errorLines().filter((line) => line.includes(one.cause)).length).toBe(3);
    await mend();
    // Each command takes effect once.
    expect((await rpc("customer.updateMany", many.input)).data).toMatchObject({ applied: 9, replayed: true });
    expect((await audit(server.database)).problems).toEqual([]);
  });

  it("fails a bulk update without other items, whose key can then be used again", async () => {
    const ids = await make(3);
    await breakFor(fault, ids);
    const items = ids.map((id) => ({ where: { id }, patch: { name: "new" } }));
    const input = { items, mode: "independent", idempotencyKey: `many ${String(ids[0])}` };
    const { data } = await rpc("customer.updateMany", input);
    expect(data).toMatchObject({ applied: 0, items: ids.map((_, index) => ({ index, error: internal })) });
    await mend();
    const again = await rpc("customer.updateMany", input);
    expect(again.data).toMatchObject({ applied: 3 });
    expect(again.data["replayed"]).toBeUndefined();
  });

  it.runIf(onPostgres)("is refused alone if a trigger keeps asking for another attempt", async () => {
    const ids = await make(7);
    await breakFor(onPostgresOnly("raise exception 'refused by a trigger' using errcode = '40001'"), [
      ids[2] as string,
    ]);
    const answers = await together(ids.map(naming));
    const codes = answers.map(({ result, error }) => error?.data.error.code ?? result?.data.applied);
    expect(codes).toEqual(ids.map((_, i) => (i === 2 ? "UNAVAILABLE" : true)));
    expect(await readiness()).toBe(200);
    await mend();
    expect((await audit(server.database)).problems).toEqual([]);
  });

  it("includes a record that a trigger drops silently: it is refused, and the others are created", async () => {
    await breakFor(leavingOut, []);
    const names = ["a", "left out", "b"];
    const answers = await together(names.map((name) => ({ path: "customer.create", input: { name } })));
    expect(answers.map(({ error }) => error?.data.error)).toEqual([undefined, internal, undefined]);
    expect(await readiness()).toBe(200);
    await mend();
    expect((await audit(server.database)).problems).toEqual([]);
  });

  it("fails the whole of an atomic bulk update, and leaves nothing of it", async () => {
    const ids = await make(6);
    await breakFor(fault, [ids[3] as string]);
    const items = ids.slice(1).map((id) => ({ where: { id }, patch: { name: "new" } }));
    const atomic = {
      path: "customer.updateMany",
      input: { items, mode: "atomic", idempotencyKey: `many ${String(ids[0])}` },
    };
    const [neighbour, answer] = await together([naming(ids[0] as string, 0), atomic]);
    expect([told(neighbour as Answer), answer?.error?.data.error]).toEqual([done, internal]);
    expect(await readiness()).toBe(200);
    await mend();
    expect((await rpc("customer.updateMany", atomic.input)).data).toMatchObject({ applied: 5 });
    expect((await audit(server.database)).problems).toEqual([]);
  });

  it("is answered without details on every surface, beside updates on other connections", async () => {
    const ids = await make(21);
    const [bad = "", ...good] = ids;
    await breakFor(fault, [bad]);
    const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
    const send = (method: string, path: string, body: object, type = "application/json") =>
      fetch(server.url + path, {
        method,
        headers: { ...headers, "content-type": type },
        body: JSON.stringify(body),
      });
    const hostile = [
      send("POST", "/trpc/customer.update", { where: { id: bad }, patch: { name: "x" } }),
      send("PATCH", `/api/customers/${bad}`, { name: "x" }, "application/merge-patch+json"),
      send("PUT", `/customers/${bad}`, { addressCity: "x" }),
      fetch(`${server.url}/api/customers/${bad}`, { method: "DELETE", headers }),
      send("POST", `/trpc/customer.erase`, { where: { id: bad } }),
    ];
    const neighbours = good.map((id, i) =>
      rpc("customer.update", { where: { id }, patch: { name: `n${i}` } }),
    );
    expect((await Promise.all(neighbours)).map(({ status }) => status)).toEqual(good.map(() => 200));
    const answers = await Promise.all(hostile);
    expect(answers.map(({ status }) => status)).toEqual(hostile.map(() => 500));
    for (const answer of answers) expect(await answer.text()).not.toMatch(/refus|trigger|SQL/);
    expect(await readiness()).toBe(200);
    await mend();
    expect((await rpc("customer.get", { where: { id: bad } })).data).toMatchObject({ version: 1 });
  });
});
