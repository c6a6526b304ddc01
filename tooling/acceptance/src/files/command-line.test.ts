import { execFile, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { call } from "./command-line.ts";

const { server } = useServer({}, { mayLogErrors: false });
const folder = mkdtempSync(join(tmpdir(), "roster-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = fileURLToPath(new URL("../../../../packages/cli/bin/roster.js", import.meta.url));
const env = () => ({ ROSTER_URL: server.url, ROSTER_TOKEN: server.token, XDG_CONFIG_HOME: folder });
const roster = (...words: string[]) => call(words, env());
const file = (name: string, text = "") => {
  const path = join(folder, name);
  if (text !== "") writeFileSync(path, text);
  return path;
};

beforeAll(async () => {
  await roster("customer", "create", "providedId=acme", "name=Acme");
});

describe("the exit code is", () => {
  it.each<[number, string, string[]]>([
    [0, "done", ["customer", "get", "acme", "--json"]],
    [0, "help that was asked for", ["--help"]],
    [0, "its version", ["--version"]],
    [2, "no command", []],
    [2, "an unknown command", ["frobnicate"]],
    [2, "an unknown option", ["customer", "list", "--frobnicate"]],
    [2, "a missing argument", ["customer", "get"]],
    [2, "a faulty value", ["customer", "update", "acme", "email=x"]],
    [2, "a file that is not there", ["import", "customers", "/nowhere.csv", "--key", "providedId"]],
    [2, "no key for an import", ["import", "customers", "/nowhere.csv"]],
    [4, "a record that is not there", ["customer", "get", "nobody"]],
    [4, "an update that Roster refuses", ["customer", "update", "acme", "groupTags+=none"]],
    [4, "a change set that is not there", ["change-set", "undo", "01900000-0000-7000-8000-000000000000"]],
  ])("%i for %s", async (code, _what, words) => {
    const called = await roster(...words);
    expect(called.code, called.output).toBe(code);
    expect(code === 0 ? called.stderr : called.stderr.length > 0).toBe(code === 0 ? "" : true);
  });

  it("3 when rows are refused, and they are in a file with the reasons", async () => {
    const called = await roster(
      "import",
      "customers",
      file("rows.csv", "providedId,email\nr1,x\nr2,r2@x.example\n"),
      "--key",
      "providedId",
      "--refused",
      file("out.csv"),
    );
    expect(called.code).toBe(3);
    expect(called.stdout).toContain("1 created, 0 updated, 0 unchanged, 1 refused");
    expect(readFileSync(file("out.csv"), "utf8")).toContain("refused because");
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("2 when the refused rows would replace the imported file", async () => {
    const text = "providedId,email\nown1,x\n";
    const path = file("own.csv", text);
    symlinkSync(path, join(folder, "other-name.csv"));
    for (const refused of [path, join(folder, ".", "other-name.csv")]) {
      const called = await roster("import", "customers", path, "--key", "providedId", "--refused", refused);
      expect([called.code, called.stderr]).toEqual([2, expect.stringContaining("is the imported file")]);
    }
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("2 with an impossible address or token, before anything is sent", async () => {
    const calls = [
      call(["whoami"], { ...env(), ROSTER_URL: "nonsense" }),
      call(["whoami"], { ...env(), ROSTER_URL: "http://127.0.0.1:99999" }),
      call(["whoami"], { ...env(), ROSTER_TOKEN: "ö" }),
      call(["login", "ftp://roster.example"], env(), { input: "a-token\n" }),
    ];
    for (const { code, stderr } of await Promise.all(calls)) {
      expect(code).toBe(2);
      expect(stderr).toMatch(/^roster: (url|token): must be [^\n]+\n$/);
    }
  });

  it("4 with a token that is not valid, 5 where nobody listens, 5 when Roster is not available", async () => {
    const away = createServer((_request, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => away.listen(0, "127.0.0.1", resolve));
    const { port } = away.address() as { port: number };
    const at = (url: string, token = server.token) =>
      call(["whoami"], { ...env(), ROSTER_URL: url, ROSTER_TOKEN: token });
    const codes = await Promise.all([
      at(server.url, "no-such-token-at-all"),
      at("http://127.0.0.1:9"),
      at(`http://127.0.0.1:${port}`),
    ]);
    away.close();
    expect(codes.map(({ code }) => code)).toEqual([4, 5, 5]);
  });

  it("130 after Ctrl-C, and an import goes on from there", async () => {
    const text = "providedId\n" + Array.from({ length: 1_500 }, (_, i) => `i${i}\n`).join("");
    const words = ["import", "customers", file("long.csv", text), "--key", "providedId", "--json"];
    const abort = new AbortController();
    // Presses Ctrl-C while the first step is being stored.
    const forward = async (request: IncomingMessage, response: ServerResponse) => {
      const body = Buffer.concat(await request.toArray());
      const { method = "GET", headers, url } = request;
      if (url?.includes("upsertMany") && !body.includes('"dryRun":true')) abort.abort();
      const init = { method, headers: headers as Record<string, string>, ...(body.length > 0 && { body }) };
      const answer = await fetch(server.url + url, init);
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    };
    const between = createServer((request, response) => void forward(request, response));
    await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
    const { port } = between.address() as { port: number };
    const interrupted = await call(
      words,
      { ...env(), ROSTER_URL: `http://127.0.0.1:${port}` },
      { signal: abort.signal },
    );
    between.close();
    expect(interrupted.code, interrupted.output).toBe(130);
    const again = await roster(...words);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ created: 1_500, resumed: 1_000 });
  });
});

describe("a SIGTERM to npx", () => {
  it("ends the program that it runs", async () => {
    const { PATH, HOME } = process.env;
    const npx = spawn("npx", ["roster", "tail", "--after", "0"], {
      cwd: fileURLToPath(new URL("../../../../", import.meta.url)),
      env: { PATH, HOME, ...env() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let isEnding = false;
    npx.stdout.on("data", () => {
      if (!isEnding) npx.kill("SIGTERM");
      isEnding = true;
    });
    // The pipe ends when every process that could write to it has ended.
    expect(await text(npx.stdout)).toContain("create customer");
  });
});

describe("a failure", () => {
  it("names every fault at its place, and is JSON for programs", async () => {
    const called = await roster("customer", "update", "acme", "groupTags+=none", "parent=nobody", "--json");
    expect(called.stderr).toBe(
      'roster: INVALID: 2 faults\n  /patch/parent: there is no customer "nobody"\n  /add/groupTags/0: there is no group tag "none"\n',
    );
    expect(JSON.parse(called.stdout)).toMatchObject({
      error: { code: "INVALID", faults: [{ pointer: "/patch/parent" }, { pointer: "/add/groupTags/0" }] },
    });
  });

  it.each([
    ["import customers FILE --key providedId", [] as string[]],
    ["import customers - --key providedId --map FILE", []],
    ["tenant schema FILE", []],
    ["tail --until-now --state FILE", ["missing.json"]],
  ])("of %s says why the file cannot be read", async (line, possible) => {
    for (const [name, reason] of [
      ["missing.json", "there is no such file"],
      [".", "it is a folder"],
    ] as const) {
      if (possible.includes(name)) continue;
      const path = join(folder, name);
      const called = await roster(...line.split(" ").map((word) => (word === "FILE" ? path : word)));
      expect(called).toMatchObject({ code: 2, stderr: `roster: ${path} cannot be read: ${reason}\n` });
    }
  });

  it.each([
    [
      "export customers --output /nowhere/x.csv",
      "/nowhere/x.csv cannot be written: its folder does not exist",
    ],
    ["customer get number=x1", "number=x1: number must be a whole number"],
    ["customer list --columns fristName,nothing", "there is no field fristName; did you mean firstName?"],
  ])("of %s says what is wrong", async (line, message) => {
    const called = await roster(...line.split(" "));
    expect(called.code).toBe(2);
    expect(called.stderr.split("\n")[0]).toBe(`roster: ${message}`);
  });

  it("of an expected version says what others changed", async () => {
    await roster("customer", "create", "providedId=stale", "name=A");
    await roster("customer", "update", "stale", "name=B");
    const called = await roster("customer", "update", "stale", "name=C", "--expect", "1");
    expect(called.code).toBe(4);
    expect(called.stderr).toMatch(
      /STALE_VERSION: .*version 2, not 1\n {2}\/name was changed in version 2 at .* by token:/,
    );
  });
});

describe("profiles", () => {
  const bare = { XDG_CONFIG_HOME: join(folder, "profiles") };

  it("are kept for the user alone, and the environment takes their place", async () => {
    expect((await call(["whoami"], bare)).stderr).toContain("not logged in");
    const login = await call(["login", server.url], bare, { input: `${server.token}\n` });
    expect(login.code, login.output).toBe(0);
    const path = join(bare.XDG_CONFIG_HOME, "roster", "profiles.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await call(["customer", "get", "acme"], bare)).code).toBe(0);
    // The token goes nowhere else.
    const elsewhere = await call(["whoami"], { ...bare, ROSTER_URL: "http://127.0.0.1:9" });
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      2,
      "roster: there is no token for http://127.0.0.1:9; set ROSTER_TOKEN\n",
    ]);
    expect(
      (await call(["whoami"], { ...bare, ROSTER_URL: server.url, ROSTER_TOKEN: "wrong-wrong-wrong" })).code,
    ).toBe(4);
  });

  it("can be several", async () => {
    const bad = await call(["login", server.url, "--profile", "test"], bare, {
      input: "no-such-token-at-all",
    });
    expect(bad.code).toBe(4);
    await call(["login", server.url, "--profile", "test"], bare, { input: server.token });
    expect((await call(["profiles"], bare)).stdout).toMatch(/\* +test/);
    await call(["profiles", "default"], bare);
    await call(["logout", "--profile", "test"], bare);
    expect((await call(["profiles"], bare)).stdout).not.toContain("test");
    expect((await call(["whoami", "--profile", "test"], bare)).code).toBe(2);
  });
});

it("the values of a record cannot control a terminal", async () => {
  await roster("customer", "create", "providedId=evil", "name=\u001b[2J\u009b31mred\r\nnext\u202e");
  const called = await roster("customer", "list", "providedId=evil");
  // eslint-disable-next-line no-control-regex
  expect(called.stdout).not.toMatch(/[\u001b\u009b\r\u202e]/);
  expect(called.stdout.split("\n")).toHaveLength(3);
  const json = await roster("customer", "get", "evil", "--json");
  expect((JSON.parse(json.stdout) as { name: string }).name).toContain("red\r\nnext");
});

it("change sets are listed and taken back", async () => {
  await roster(
    "import",
    "customers",
    file("undo.csv", "providedId,name\nu1,One\nacme,Changed\n"),
    "--key",
    "providedId",
    "--name",
    "undo me",
  );
  const [set] = JSON.parse((await roster("change-set", "list", "--json")).stdout) as {
    id: string;
    name: string;
    created: number;
  }[];
  expect(set).toMatchObject({ name: "undo me", created: 1, updated: 1 });
  const undone = await roster("change-set", "undo", set?.id ?? "");
  expect([undone.code, undone.stdout]).toEqual([
    0,
    expect.stringContaining("1 deleted, 0 restored, 1 changed back, 0 unchanged, 0 left as they are"),
  ]);
  expect((await roster("customer", "get", "u1")).code).toBe(4);
});

it("an export that fails leaves an older file as it is", async () => {
  const path = file("old.csv", "old");
  const abort = new AbortController();
  abort.abort();
  expect((await call(["export", "customers", "--output", path], env(), { signal: abort.signal })).code).toBe(
    130,
  );
  expect(readFileSync(path, "utf8")).toBe("old");
  expect((await roster("export", "customers", "--output", "/nowhere/x.csv")).code).toBe(2);
  expect(existsSync("/nowhere")).toBe(false);
  expect(await roster("export", "customers", "--output", folder)).toMatchObject({
    code: 2,
    stderr: `roster: ${folder} is a folder\n`,
  });
});

it.each(['--output "$1"', '> "$1"', "> /dev/full"])(
  "an export to a full disk fails instead of losing the rest: %s",
  async (output) => {
    await roster(
      "customer",
      "create",
      "name=Long",
      `job=${"x".repeat(200)}`,
      `properties.t=${"y".repeat(3_000)}`,
    );
    const path = file("full.csv");
    // The limit of a file's size cuts a text like a full disk.
    const script = `ulimit -f 2; exec "$0" "$2" export customers ${output}`;
    const called = promisify(execFile)("sh", ["-c", script, process.execPath, path, program], {
      // A cache that is cut would stay for later runs.
      env: { PATH: process.env["PATH"], NODE_DISABLE_COMPILE_CACHE: "1", ...env() },
    });
    const at = output === '--output "$1"' ? path : "standard output";
    await expect(called).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(`^roster: ${at} cannot be written: E[^\n]*\n$`) as string,
    });
    if (at === path) expect(existsSync(path)).toBe(false);
  },
);

it("an import reads standard input, and a tail goes on from its state", async () => {
  const imported = await call(["import", "users", "-", "--key", "username", "--json"], env(), {
    input: "username,firstName\nada,Ada\n",
  });
  expect(JSON.parse(imported.stdout)).toMatchObject({ created: 1 });
  const tail = ["tail", "--type", "user", "--until-now", "--json", "--state", file("state.txt")];
  expect((await roster(...tail)).stdout.trim().split("\n")).toHaveLength(1);
  await roster("user", "update", "ada", "lastName=L");
  const next = (await roster(...tail)).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { action: string });
  expect(next.map(({ action }) => action)).toEqual(["update"]);
});

it("shows a record as it was in a version", async () => {
  await roster("customer", "create", "providedId=versions", "name=one");
  await roster("customer", "update", "versions", "name=two");
  const { stdout } = await roster("customer", "get", "versions", "--version", "1", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ name: "one", version: 1 });
  expect((await roster("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it("user groups are made, changed, found, and listed with their members", async () => {
  const json = async (...words: string[]) => JSON.parse((await roster(...words, "--json")).stdout) as never;
  const { id: ann } = (await json("user", "create", "username=ann.of.a.group")) as { id: string };
  const { id } = (await json("user-group", "create", "displayName=Staff", `members=${ann}`)) as {
    id: string;
  };
  expect(await json("user-group", "members", id)).toEqual([
    { id: ann, type: "user", name: "ann.of.a.group" },
  ]);
  const changed = await roster(
    "user-group",
    "update",
    id,
    "displayName=All",
    `members-=${ann}`,
    "--expect",
    "1",
  );
  expect(changed.stdout.split("\n")).toEqual([
    '/displayName  "Staff" → "All"',
    `/members/${ann}  true → nothing`,
    "version 2",
    "",
  ]);
  expect((await roster("user-group", "members", id)).stdout).toBe("id  type  name\n");
  expect((await roster("user-group", "members", id, "--version", "1")).stdout).toContain(ann);
  expect((await roster("user-group", "list", "displayName^=al", "--columns", "id", "--csv")).stdout).toBe(
    `id\n${id}\n`,
  );
  expect((await roster("user-group", "list", `member=${ann}`, "--count")).stdout).toBe("0\n");
  const searched = await roster("user-group", "list", "--search", "staff");
  expect([searched.code, searched.stderr]).toEqual([2, "roster: no letters of user groups are searched\n"]);
  await roster("user-group", "delete", id);
  expect((await roster("user-group", "get", id)).code).toBe(4);
  expect((await roster("user-group", "restore", id)).stdout).toBe(`restored ${id}\n`);
  expect((await roster("complete", "user-group", "list", "mem")).stdout).toBe("member=\n");
});

it("erasing needs a yes", async () => {
  await roster("customer", "create", "providedId=gone");
  expect((await roster("customer", "erase", "gone")).code).toBe(2);
  expect((await roster("customer", "erase", "gone", "--yes")).code).toBe(0);
});

it.each([
  [["customer", "up"], "update"],
  [["customer", "update", "acme", "group"], "groupTags+="],
  [["user", "list", "firstN"], "firstName="],
  [["export", "customers", "--format", ""], "jsonl"],
  [["change-set", "undo", "--d"], "--dry-run"],
  [["imp"], "import"],
])("completes %j", async (words, expected) => {
  const { stdout } = await roster("complete", "--", ...words);
  expect(stdout.split("\n")).toContain(expected);
});

it("runs as a program, from the sources of this repository", async () => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [program, "customer", "get", "acme", "--json"],
    {
      env: { PATH: process.env["PATH"], ...env() },
    },
  );
  expect(JSON.parse(stdout)).toMatchObject({ providedId: "acme" });
  expect(stderr).toBe("");
});
