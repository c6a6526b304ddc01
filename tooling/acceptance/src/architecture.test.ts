import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** The architectural rules that types cannot express, each with a probe that shows that it fires. */

interface Rule {
  says: string;
  /** The files that the rule applies to. */
  about: RegExp;
  except?: RegExp;
  forbids: RegExp;
  /** A file that breaks it. */
  probe: [path: string, source: string];
}

const rules: Rule[] = [
  {
    says: "only env.ts and main.ts touch the environment",
    about: /^apps\/api\/src\//,
    except: /\/(env|main)\.ts$/,
    forbids: /process\.env/,
    probe: ["apps/api/src/user/user.ts", "const port = process.env.PORT;"],
  },
  {
    says: "only GroupCommit opens a write transaction",
    about: /^apps\/api\/src\//,
    except: /\/store\/commit\/group-commit\.ts$/,
    forbids: /\.begin\(/,
    probe: ["apps/api/src/user/user.ts", "const transaction = await database.begin();"],
  },
  {
    says: "only the store knows a database driver or the ORM",
    about: /^(apps|packages)\//,
    except: /\/store\//,
    forbids: /from "(better-sqlite3|@mikro-orm\/|kysely)/,
    probe: ["apps/api/src/tenant/tokens.ts", 'import Database from "better-sqlite3";'],
  },
  {
    says: "only the store writes SQL",
    about: /^apps\/api\/src\//,
    except: /\/store\//,
    forbids: /["`]\s*(select\s[\s\S]*\sfrom|insert into|update \w+ set|delete from)\s/i,
    probe: ["apps/api/src/customer/customer.ts", "all(`select * from customers`)"],
  },
  {
    says: "the transports hold no store: they parse, call a service and print",
    about: /^apps\/api\/src\/(rest|trpc)\//,
    forbids: /from "[^"]*\/store\//,
    probe: ["apps/api/src/rest/app.ts", 'import { openSqlite } from "../store/sqlite/sqlite-database.ts";'],
  },
  {
    says: "transports and procedures read only through services, which check the scopes",
    about: /^apps\/api\/src\/(rest|trpc)\//,
    forbids: /\.(store|database|commits)\b|[{,]\s*(store|database|commits)\b|\btype Store\b/,
    probe: [
      "apps/api/src/rest/wire-formats/flextell-customer.ts",
      'const user = await roster.store.database.tenant(1).find("user", { field: "number", value: 1 });',
    ],
  },
  {
    says: "a record is shown by the service of its noun, which checks the scopes",
    about: /^apps\/api\/src\//,
    except: /\/record\/record-(reader|list|history|service)\.ts$/,
    forbids: /\b\w*[nN]oun\.show\b|\b(customerView)\(/,
    probe: [
      "apps/api/src/customer/merge.ts",
      "const reply = customerNoun.show(survivor, context.view.ancestors(survivor));",
    ],
  },
  {
    says: "the services know no HTTP and no tRPC",
    about:
      /^apps\/api\/src\/(record|customer|user|user-group|scim|reference|tenant|change|webhook|people|store|auth)\//,
    forbids: /from "(hono|@hono\/|@trpc)/,
    probe: ["apps/api/src/record/record-service.ts", 'import { TRPCError } from "@trpc/server";'],
  },
  {
    says: "metrics and tracing libraries are loaded only if they are configured",
    about: /^apps\/api\/src\//,
    except: /\/(metrics\/\w+|metrics|tracing)\.ts$/,
    forbids: /^import (?!type)[^;]*from "(prom-client|@opentelemetry\/|[^"]*\/(metrics\/\w+|tracing)\.ts")/m,
    probe: ["apps/api/src/observe/observe.ts", 'import { startTracing } from "./tracing.ts";'],
  },
  {
    says: "reports load MikroORM with the first report, not at the start",
    about: /^apps\/api\/src\//,
    forbids: /^import (?!type)[^;]*from "[^"]*\/report-store\.ts"/m,
    probe: [
      "apps/api/src/report/reports.ts",
      'import { openReportStore } from "../store/reports/report-store.ts";',
    ],
  },
  {
    says: "the client imports only types from the api",
    about: /^packages\/client\/src\//,
    forbids: /^import (?!type)[^;]*from "@roster\/api/m,
    probe: ["packages/client/src/client.ts", 'import { createApi } from "@roster/api";'],
  },
  {
    says: "the console calls Roster by the typed client alone, except for its session",
    about: /^apps\/console\/src\//,
    except: /\/app\/(api|session)\.ts$/,
    forbids: /from "@roster\/(api|cli)["/]|\bfetch\(/,
    probe: ["apps/console/src/pages/home/home-page.tsx", 'await fetch("/api/customers");'],
  },
  {
    says: "the console shows what a record holds as text, never as markup",
    about: /^apps\/console\/src\//,
    forbids: /dangerouslySetInnerHTML|\b(inner|outer)HTML\b|insertAdjacentHTML/,
    probe: ["apps/console/src/fields/value.tsx", "<p dangerouslySetInnerHTML={{ __html: value }} />"],
  },
];

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sources = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => path.includes("/src/") && !/node_modules|\/testing\//.test(path)),
);

const breaks = (rule: Rule, path: string, source: string): boolean =>
  rule.about.test(path) && !rule.except?.test(path) && rule.forbids.test(source);

describe.each(rules)("$says", (rule) => {
  it("in every source file", () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.filter((path) => breaks(rule, path, readFileSync(join(root, path), "utf8")))).toEqual([]);
  });

  it("and a file that breaks it is detected", () => {
    expect(breaks(rule, ...rule.probe)).toBe(true);
  });
});

/**
 * The folders of the api from the lowest layer to the highest. A folder imports from itself and from lower
 * lines; the folders on one line do not import each other.
 */
const layers = [
  ["store"],
  ["observe", "properties-schema"],
  ["auth"],
  ["record"],
  ["customer", "user", "user-group", "reference", "tenant", "webhook", "change-set", "people"],
  ["change"],
  ["report", "scim"],
  ["roster.ts"],
  ["trpc"],
  ["rest"],
  ["compose.ts", "env.ts", "welcome.ts"],
  ["main.ts", "index.ts", "operations"],
];

const api = "apps/api/src/";
const roomOf = (path: string): string => path.slice(api.length).split("/")[0] as string;
const layerOf = (room: string): number => layers.findIndex((rooms) => rooms.includes(room));

/** The files of the api that a source imports, types and dynamic imports included. */
const importsOf = (path: string, source: string): string[] =>
  [...source.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, to = ""]) =>
    normalize(join(dirname(path), to)),
  );

/** The imports of a file that do not point down. */
const upward = (path: string, source: string): string[] =>
  importsOf(path, source).filter((to) => {
    const [from, into] = [roomOf(path), roomOf(to)];
    return from !== into && layerOf(into) >= layerOf(from);
  });

describe("the imports of the api point down", () => {
  const files = sources.filter((path) => path.startsWith(api));

  it("in every source file", () => {
    const found = files.flatMap((path) =>
      upward(path, readFileSync(join(root, path), "utf8")).map((to) => `${path} imports ${to}`),
    );
    expect(found).toEqual([]);
  });

  it("and every folder has a layer", () => {
    expect(new Set(layers.flat())).toEqual(new Set(files.map(roomOf)));
  });

  it.each([
    ["from the store to a service", "store/rows.ts", "../record/noun.ts"],
    ["from a service to a transport", "customer/merge.ts", "../trpc/trpc.ts"],
    ["from one service to another", "customer/merge.ts", "../user/user.ts"],
    ["from a transport to what joins the parts", "rest/app.ts", "../compose.ts"],
  ])("an import %s is detected", (_, path, to) => {
    expect(upward(api + path, `import type { X } from "${to}";`)).toHaveLength(1);
    expect(upward(api + path, `const x = await import("${to}");`)).toHaveLength(1);
  });

  it("an import from a lower layer is allowed", () => {
    expect(upward(`${api}rest/app.ts`, 'import type { Roster } from "../roster.ts";')).toEqual([]);
  });
});

/** Runs a checker of `npm run lint` in a folder with these files. */
function check(files: Record<string, string>, [program, ...args]: [program: string, ...args: string[]]) {
  const folder = mkdtempSync(join(tmpdir(), "roster-lint-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return spawnSync(join(root, "node_modules/.bin", program), args, { cwd: folder, encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("npm run lint", () => {
  it("finds two files that import only types from each other", () => {
    const files = {
      "a.ts": 'import type { B } from "./b.ts";\nexport type A = B[];\n',
      "b.ts": 'import type { A } from "./a.ts";\nexport type B = A[];\n',
    };
    const { stdout, status } = check(files, ["oxlint", "-c", join(root, ".oxlintrc.json"), "."]);
    expect(stdout).toContain("import(no-cycle)");
    expect(status).toBe(1);
  });

  it("finds a file, an export, a type and a dependency that nothing uses", () => {
    const files = {
      "package.json": JSON.stringify({ name: "probe", main: "main.ts", dependencies: { left: "1.0.0" } }),
      "knip.json": readFileSync(join(root, "knip.json"), "utf8"),
      "main.ts": 'import { used } from "./parts.ts";\nused();\n',
      "parts.ts": "export const used = () => {};\nexport const idle = 1;\nexport type Idle = string;\n",
      "forgotten.ts": "export const forgotten = 1;\n",
    };
    const { stdout, status } = check(files, ["knip", "--no-progress"]);
    for (const found of ["forgotten.ts", "idle", "Idle", "left"]) expect(stdout).toContain(found);
    expect(status).toBe(1);
  });
});

describe("the path of an update", () => {
  const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
  /** The files that a section of the page lists, each at the beginning of a row. */
  const listed = (heading: string) => {
    const section = page.split(`### ${heading}\n`)[1]?.split("\n#")[0] ?? "";
    return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, path = ""]) => path).toSorted();
  };

  it("runs through the files that docs/architecture.md lists, and no others", () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=@roster/source", join(root, "tooling/acceptance/src/update-path.ts")],
      { encoding: "utf8" },
    );
    expect(stderr).toBe("");
    const { request, update } = JSON.parse(stdout) as Record<"request" | "update", string[]>;
    expect(listed("Files of any request")).toEqual(request);
    expect(listed("Files of an update")).toEqual(update);
  });

  it("is short enough to read in one sitting", () => {
    expect(listed("Files of any request").length).toBeLessThanOrEqual(8);
    expect(listed("Files of an update").length).toBeLessThanOrEqual(20);
  });
});

it("no installed package reports its installation by a script", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { name?: string; hasInstallScript?: boolean }>;
  };
  const counting = Object.entries(lock.packages).filter(([path, { name = path }]) =>
    name.endsWith("@scarf/scarf"),
  );
  expect(counting).toEqual([]);
});
