import { beforeAll, expect, it } from "vitest";
import { useServer } from "../use-server.ts";

/** The promises of every record, for user groups: their members are kept apart from the record. */

const { rpc } = useServer({}, { mayLogErrors: false });

const users: string[] = [];
beforeAll(async () => {
  for (let i = 0; i < 6; i++) {
    const { data } = await rpc("user.create", { username: `member-${i}` });
    users.push(data["id"] as string);
  }
});
const [u0, u1, u2, u3] = [0, 1, 2, 3].map((i) => () => users[i] as string) as [
  () => string,
  () => string,
  () => string,
  () => string,
];

const make = async (members: string[] = []): Promise<string> =>
  (await rpc("userGroup.create", { displayName: "Staff", members })).data["id"] as string;
const ids = async (id: string, more: object = {}): Promise<string[]> =>
  ((await rpc("userGroup.members", { where: { id }, ...more })).data["items"] as { id: string }[]).map(
    (member) => member.id,
  );
const update = (id: string, change: object) => rpc("userGroup.update", { where: { id }, ...change });

it("adds and removes members, each as a change of its own", async () => {
  const id = await make([u0()]);
  const { data } = await update(id, { add: { members: [u1(), u0()] }, remove: { members: [u2()] } });
  expect(data).toMatchObject({
    applied: true,
    version: 2,
    changes: [{ path: `/members/${u1()}`, to: true }],
    userGroup: { id, displayName: "Staff", version: 2 },
  });
  expect(data["userGroup"]).not.toHaveProperty("members");
  expect(await ids(id)).toEqual([u0(), u1()]);
  expect((await update(id, { remove: { members: [u0()] } })).data["changes"]).toEqual([
    { path: `/members/${u0()}`, from: true },
  ]);
  expect((await update(id, { add: { members: [u1()] } })).data).toMatchObject({ applied: false, version: 3 });
  const { data: history } = await rpc("userGroup.history", { where: { id } });
  expect((history["items"] as { changes: unknown }[]).map(({ changes }) => changes)).toEqual([
    [{ path: `/members/${u0()}`, from: true }],
    [{ path: `/members/${u1()}`, to: true }],
    [
      { path: "/displayName", to: "Staff" },
      { path: `/members/${u0()}`, to: true },
    ],
  ]);
});

it("replaces all members with a patch", async () => {
  const id = await make([u0(), u1()]);
  const { data } = await update(id, { patch: { members: [u2(), u1()], displayName: "All" } });
  expect(data["changes"]).toEqual([
    { path: "/displayName", from: "Staff", to: "All" },
    { path: `/members/${u0()}`, from: true },
    { path: `/members/${u2()}`, to: true },
  ]);
  expect(await ids(id)).toEqual([u1(), u2()]);
  expect((await update(id, { patch: { members: [] } })).data["applied"]).toBe(true);
  expect(await ids(id)).toEqual([]);
});

it("refuses members that do not exist, with all faults", async () => {
  const id = await make();
  const { status, error } = await update(id, {
    add: { members: [u0(), "0197b8a0-0000-7000-8000-0000000000aa", "nobody"] },
    patch: { displayName: null },
  });
  expect(status).toBe(400);
  expect(error.faults?.map(({ pointer, code }) => `${pointer} ${code}`).toSorted()).toEqual([
    "/add/members/1 not_found",
    "/add/members/2 not_found",
    "/patch/displayName not_nullable",
  ]);
  expect(await ids(id)).toEqual([]);
});

it("answers which members the group had at a version, the difference of two, and goes back to one", async () => {
  const id = await make([u0()]);
  await update(id, { add: { members: [u1(), u2()] } });
  await update(id, { remove: { members: [u0(), u1()] }, patch: { displayName: "Later" } });
  await update(id, { add: { members: [u1(), u3()] } });
  expect(await ids(id, { version: 1 })).toEqual([u0()]);
  expect(await ids(id, { version: 2 })).toEqual([u0(), u1(), u2()]);
  expect(await ids(id, { version: 3 })).toEqual([u2()]);
  expect(await ids(id, { version: 4 })).toEqual([u1(), u2(), u3()]);
  expect((await rpc("userGroup.at", { where: { id }, version: 2 })).data).toMatchObject({
    displayName: "Staff",
    version: 2,
  });
  const { error } = await rpc("userGroup.at", { where: { id }, at: "2020-01-01T00:00:00Z" });
  expect(error.message).toBe("there was no such user group at that time");
  const difference = async (from: number, to: number) =>
    ((await rpc("userGroup.diff", { where: { id }, from, to })).data["changes"] as object[]).toSorted(
      (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
    );
  expect(await difference(2, 4)).toEqual([
    { path: "/displayName", from: "Staff", to: "Later" },
    { path: `/members/${u0()}`, from: true },
    { path: `/members/${u3()}`, to: true },
  ]);
  expect(await difference(3, 2)).toEqual([
    { path: "/displayName", from: "Later", to: "Staff" },
    { path: `/members/${u0()}`, to: true },
    { path: `/members/${u1()}`, to: true },
  ]);
  expect(await difference(2, 2)).toEqual([]);
  const { data } = await rpc("userGroup.revert", { where: { id }, to: 2 });
  expect(data).toMatchObject({ applied: true, version: 5, userGroup: { displayName: "Staff" } });
  expect(await ids(id)).toEqual([u0(), u1(), u2()]);
  await rpc("userGroup.revert", { where: { id }, to: 4, field: `/members/${u3()}` });
  expect(await ids(id)).toEqual([u0(), u1(), u2(), u3()]);
});

it("leaves out deleted users, has them again when they are restored, and pages", async () => {
  const id = await make(users);
  await rpc("user.delete", { where: { id: u1() } });
  expect(await ids(id)).toEqual(users.filter((one) => one !== u1()));
  await rpc("user.restore", { where: { id: u1() } });
  const page = (await rpc("userGroup.members", { where: { id }, limit: 4 })).data;
  expect(page["items"]).toHaveLength(4);
  expect(await ids(id, { limit: 4, cursor: page["nextCursor"] })).toEqual(users.slice(4));
  expect((page["items"] as object[])[0]).toEqual({ id: u0(), type: "user", name: "member-0" });
});

it("lists the groups of a member, and of a group within a group", async () => {
  const inner = await make([u3()]);
  const outer = await make([inner]);
  const groupsOf = async (member: string) =>
    ((await rpc("userGroup.list", { filter: { member } })).data["items"] as { id: string }[]).map(
      (group) => group.id,
    );
  expect(await groupsOf(inner)).toEqual([outer]);
  expect(await groupsOf(u3())).toContain(inner);
  expect((await rpc("userGroup.members", { where: { id: outer } })).data["items"]).toEqual([
    { id: inner, type: "userGroup", name: "Staff" },
  ]);
  await rpc("userGroup.delete", { where: { id: outer } });
  expect(await groupsOf(inner)).toEqual([]);
  await rpc("userGroup.restore", { where: { id: outer } });
  expect(await ids(outer)).toEqual([inner]);
});

it("forgets the members of an erased group, also in its history", async () => {
  const id = await make([u0()]);
  await rpc("userGroup.erase", { where: { id } });
  const { data } = await rpc("userGroup.history", { where: { id } });
  expect(JSON.stringify(data)).not.toContain(u0());
  expect(
    (await rpc("userGroup.list", { filter: { member: u0(), deleted: "any" } })).data["items"],
  ).not.toContainEqual(expect.objectContaining({ id }));
});

it("tells a stale writer which members changed, and rebases one who changes others", async () => {
  const id = await make([u0()]);
  await update(id, { add: { members: [u1()] } });
  const { status, error } = await update(id, { remove: { members: [u0()] }, expectedVersion: 1 });
  expect(status).toBe(409);
  expect(error.conflict?.changedSince).toMatchObject([{ path: `/members/${u1()}`, version: 2 }]);
  const rebased = await update(id, {
    remove: { members: [u0()] },
    expectedVersion: 1,
    onConflict: "rebase",
  });
  expect(rebased.data).toMatchObject({ applied: true, version: 3 });
});

it("loses no member of many who are added at once, and stores each once", async () => {
  const id = await make();
  await Promise.all([...users, ...users].map((member) => update(id, { add: { members: [member] } })));
  expect(await ids(id)).toEqual(users);
  const { data } = await rpc("userGroup.get", { where: { id } });
  expect(data["version"]).toBe(users.length + 1);
});

it("shows a dry run and stores nothing of it; a bulk update is one or nothing", async () => {
  const id = await make([u0()]);
  const dry = await update(id, { add: { members: [u1()] }, dryRun: true });
  expect(dry.data).toMatchObject({ applied: false, changes: [{ path: `/members/${u1()}`, to: true }] });
  const many = await rpc("userGroup.updateMany", {
    items: [
      { where: { id }, add: { members: [u1()] } },
      { where: { id }, remove: { members: [u1(), u0()] } },
      { where: { id }, add: { members: ["nobody"] } },
    ],
  });
  expect(many.status).toBe(400);
  expect(await ids(id)).toEqual([u0()]);
  await rpc("userGroup.updateMany", {
    items: [
      { where: { id }, add: { members: [u1()] } },
      { where: { id }, remove: { members: [u1(), u0()] } },
      { where: { id }, add: { members: [u2()] } },
    ],
  });
  expect(await ids(id)).toEqual([u2()]);
});

it("an undo of a change set reverts its changes of a group's members, and keeps later changes of others", async () => {
  const id = await make([u0(), u1()]);
  const items = [
    { where: { id }, patch: { displayName: "All" }, add: { members: [u2()] } },
    { where: { id }, patch: { displayName: "Any" }, remove: { members: [u0()] } },
  ];
  const { data } = await rpc("userGroup.updateMany", { items });
  const where = { id: data["changeSet"] };
  expect((await rpc("changeSet.get", { where })).data).toMatchObject({ types: ["userGroup"], updated: 2 });
  await update(id, { add: { members: [u3()] } });
  const undone = await rpc("changeSet.undo", { where });
  expect(undone.data).toMatchObject({
    done: true,
    items: [{ recordType: "userGroup", id, outcome: "updated" }],
  });
  expect(await ids(id)).toEqual([u0(), u1(), u3()]);
  expect((await rpc("userGroup.get", { where: { id } })).data).toMatchObject({ displayName: "Staff" });

  const again = await rpc("userGroup.updateMany", {
    items: [{ where: { id }, remove: { members: [u3()] } }],
  });
  await update(id, { add: { members: [u3()] } });
  const left = await rpc("changeSet.undo", { where: { id: again.data["changeSet"] } });
  expect(left.data["items"]).toMatchObject([{ id, outcome: "unchanged" }]);
  expect(await ids(id)).toEqual([u0(), u1(), u3()]);
});

it("finds and counts groups by their names, ids and members together", async () => {
  const [a, b] = [await make([u0(), u3()]), await make([u0()])];
  await update(a, { patch: { displayName: "Zürich", externalId: "z-1" } });
  await update(b, { patch: { displayName: "Zug" } });
  const found = async (filter: object, more: object = {}): Promise<unknown[]> =>
    ((await rpc("userGroup.list", { filter, ...more })).data["items"] as { id: string }[]).map(
      (group) => group.id,
    );
  expect(await found({ displayName: "ZÜRICH" })).toEqual([a]);
  expect(await found({ namePrefix: "zu" })).toEqual([b]);
  expect(await found({ externalId: "z-1", member: u0() })).toEqual([a]);
  expect(await found({ displayName: "Zug", member: u3() })).toEqual([]);
  expect(await found({ member: { in: [u0(), u3()] }, name: { startsWith: "z" } })).toEqual([b, a]);
  expect(await found({ member: u0(), name: { startsWith: "z" } }, { order: "desc", limit: 1 })).toEqual([a]);
  await rpc("userGroup.delete", { where: { id: b } });
  const filter = { member: u0(), name: { startsWith: "z" } };
  expect((await rpc("userGroup.count", { filter })).data).toEqual({ count: 1, exact: true });
  expect(await found({ ...filter, deleted: true })).toEqual([b]);
  const { error } = await rpc("userGroup.list", { search: "staff", filter: { membr: u0() } });
  expect(error.faults?.map(({ pointer }) => pointer).toSorted()).toEqual(["/filter/membr", "/search"]);
});

it("finds users by a username in any case, and by an address that an identity provider has sent", async () => {
  const sent = { properties: { scim: { emails: [{ value: "Sent@X.example" }] } } };
  const { data: user } = await rpc("user.create", { username: "MiXed", externalId: "x-1", ...sent });
  for (const filter of [{ userName: "mixed" }, { email: "sent@x.example" }, { externalId: "x-1" }])
    expect((await rpc("user.list", { filter })).data["items"]).toMatchObject([{ id: user["id"] }]);
  expect((await rpc("user.list", { filter: { userName: "mixe" } })).data["items"]).toEqual([]);
  // Only an own address names a user.
  const { data } = await rpc("user.upsertMany", { items: [{ where: { email: "sent@x.example" } }] });
  expect(data["items"]).toMatchObject([{ outcome: "created" }]);
});
