import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** The rules of the house that types cannot say, each with a probe that shows that it fires. */

interface Rule {
  says: string;
  /** Which files it is about. */
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
    except: /\/store\/group-commit\.ts$/,
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
    says: "no transport and no procedure reads the store: services do, which check the scopes",
    about: /^apps\/api\/src\/((rest|trpc)\/|.*-procedures\.ts$)/,
    forbids: /\.(store|database|commits)\b|[{,]\s*(store|database|commits)\b|\btype Store\b/,
    probe: [
      "apps/api/src/rest/wire-formats/flextell-customer.ts",
      'const user = await roster.store.database.tenant(1).find("user", { field: "number", value: 1 });',
    ],
  },
  {
    says: "a record is shown by the service of its noun, which checks the scopes",
    about: /^apps\/api\/src\//,
    except: /\/record\/record-(reader|service)\.ts$/,
    forbids: /\b\w*[nN]oun\.show\b|\b(customerView)\(/,
    probe: [
      "apps/api/src/customer/merge.ts",
      "const reply = customerNoun.show(survivor, context.view.ancestors(survivor));",
    ],
  },
  {
    says: "the services know no transport",
    about: /^apps\/api\/src\/(record|store|auth)\//,
    forbids: /from "([^"]*\/(rest|trpc)\/|hono|@trpc)/,
    probe: ["apps/api/src/record/record-service.ts", 'import { TRPCError } from "@trpc/server";'],
  },
  {
    says: "what measures and traces is loaded only where somebody has asked for it",
    about: /^apps\/api\/src\//,
    except: /\/(metrics\/\w+|metrics|tracing)\.ts$/,
    forbids: /^import (?!type)[^;]*from "(prom-client|@opentelemetry\/|[^"]*\/(metrics\/\w+|tracing)\.ts")/m,
    probe: ["apps/api/src/observe/observe.ts", 'import { startTracing } from "./tracing.ts";'],
  },
  {
    says: "what answers reports, and MikroORM with it, is loaded by the first report",
    about: /^apps\/api\/src\//,
    forbids: /^import (?!type)[^;]*from "[^"]*\/report-store\.ts"/m,
    probe: [
      "apps/api/src/report/reports.ts",
      'import { openReportStore } from "../store/reports/report-store.ts";',
    ],
  },
  {
    says: "the client takes nothing but types from the api",
    about: /^packages\/client\/src\//,
    forbids: /^import (?!type)[^;]*from "@roster\/api/m,
    probe: ["packages/client/src/client.ts", 'import { createApi } from "@roster/api";'],
  },
];

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sources = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
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

  it("and a file that breaks it is found", () => {
    expect(breaks(rule, ...rule.probe)).toBe(true);
  });
});

it("no package that is installed counts installations by a script of its own", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { name?: string; hasInstallScript?: boolean }>;
  };
  const counting = Object.entries(lock.packages).filter(([path, { name = path }]) =>
    name.endsWith("@scarf/scarf"),
  );
  expect(counting).toEqual([]);
});
