import { expect, it } from "vitest";
import { printable, readEnv, settings } from "./env.ts";

it.each([
  "sqlite:.data/roster.db",
  "sqlite::memory:",
  "postgres://u:p@h:5432/d?sslmode=require",
  "postgresql:///d",
])("DATABASE_URL may be %s", (url) => {
  expect(readEnv({ DATABASE_URL: url }).databaseUrl).toBe(url);
});

it.each([
  "sqlite:",
  "sqlite://x",
  "sqlite:file:x.db",
  "sqlite:x.db?mode=ro",
  "sqlite::MEMORY:",
  "sqlite::memory:?cache=shared",
  "mysql://h/d",
  "postgres:d",
  "h:5432",
  "postgres://",
])("DATABASE_URL may not be %s", (url) => {
  expect(() => readEnv({ DATABASE_URL: url })).toThrow(/^DATABASE_URL must be sqlite: .+ or .+postgres:\/\//);
});

it("several hosts may be named, and the faults of all URLs are reported at once", () => {
  const several = "postgres://u:p@h1:1,h2:2/d?target_session_attrs=read-write";
  expect(readEnv({ DATABASE_URL: several }).databaseUrl).toBe(several);
  const standby = "postgres://h/d?target_session_attrs=standby";
  expect(readEnv({ DATABASE_REPLICA_URL: standby }).otherDatabaseUrls.replica).toBe(standby);
  expect(() =>
    readEnv({
      DATABASE_URL: "postgres://u:secret@h1:1,h2:x/d?tcp_user_timeout=9",
      DATABASE_DIRECT_URL: standby,
      DATABASE_REPLICA_URL: "postgres://h/d?service=x",
    }),
  ).toThrow(
    /^DATABASE_URL is not a usable address: host 2 is not .+; tcp_user_timeout is not supported.+; DATABASE_DIRECT_URL .+ is standby.+; DATABASE_REPLICA_URL .+service/,
  );
});

it.each(["DATABASE_DIRECT_URL", "DATABASE_REPLICA_URL"])(
  "%s may be the URL of a PostgreSQL database, and nothing else",
  (name) => {
    const { otherDatabaseUrls } = readEnv({ [name]: "postgres://h/d" });
    expect(Object.values(otherDatabaseUrls)).toContain("postgres://h/d");
    expect(() => readEnv({ [name]: "sqlite:x.db" })).toThrow(`${name} must be the address of a PostgreSQL`);
  },
);

it.each([
  ["postgres://u:secret@h/d", "postgres://u:***@h/d"],
  ["postgres://u:se:cr@et@h/d", "postgres://u:***@h/d"],
  ["postgres://:secret@h/d", "postgres://:***@h/d"],
  ["postgresql://h/d?user=u&password=secret&x=y", "postgresql://h/d?user=u&password=***&x=y"],
  ["postgres://u:secret@h1:1,h2:2/d", "postgres://u:***@h1:1,h2:2/d"],
  ["postgres://u@h/d", "postgres://u@h/d"],
  ["postgres://h:5432/d", "postgres://h:5432/d"],
  ["postgres://h:5432/d?application_name=a@b", "postgres://h:5432/d?application_name=a@b"],
  ["sqlite:a:b@c.db", "sqlite:a:b@c.db"],
])("the URL %s is printed as %s", (url, printed) => {
  expect(printable(url)).toBe(printed);
});

it("without settings there is no receiver of traces and no token for metrics", () => {
  expect(readEnv({})).toMatchObject({ traces: undefined, metricsToken: undefined, drainSeconds: 0 });
});

it.each([
  [{}, { sampler: "parentbased_always_on", ratio: 1 }],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" },
    { sampler: "traceidratio", ratio: 0.25 },
  ],
  [{ OTEL_SDK_DISABLED: "TRUE" }, undefined],
  [{ OTEL_TRACES_EXPORTER: "none" }, undefined],
])("the settings %o select the traces %o", (variables, traces) => {
  for (const name of ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]) {
    expect(readEnv({ [name]: "http://localhost:4318", ...variables }).traces).toEqual(traces);
  }
});

it.each([
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"],
  ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
  ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"],
  ["OTEL_TRACES_SAMPLER", "sometimes"],
  ["OTEL_TRACES_SAMPLER_ARG", "2"],
  ["METRICS_TOKEN", "has a space"],
  ["DRAIN_SECONDS", "soon"],
])("%s may not be %s", (name, value) => {
  expect(() => readEnv({ [name]: value })).toThrow(`${name} must be`);
});

it("without settings there are no webhooks, and no internal networks are allowed", () => {
  expect(readEnv({}).webhooks).toEqual({});
  expect(
    readEnv({
      ROSTER_SECRET: "s".repeat(32),
      WEBHOOK_ALLOW: "10.1.0.0/16, ::1",
      WEBHOOK_TIMEOUT_SECONDS: "2.5",
      WEBHOOK_RETRY_SECONDS: "5,0.1",
    }).webhooks,
  ).toEqual({
    secret: "s".repeat(32),
    allow: ["10.1.0.0/16", "::1"],
    timeout: 2_500,
    retries: [5_000, 100],
  });
});

it.each([
  ["ROSTER_SECRET", "too short"],
  ["WEBHOOK_ALLOW", "localhost"],
  ["WEBHOOK_ALLOW", "10.0.0.0/40"],
  ["WEBHOOK_TIMEOUT_SECONDS", "0"],
  ["WEBHOOK_TIMEOUT_SECONDS", "soon"],
  ["WEBHOOK_RETRY_SECONDS", "5,,6"],
  ["WEBHOOK_RETRY_SECONDS", "-1"],
])("%s may not be %s", (name, value) => {
  expect(() => readEnv({ [name]: value })).toThrow(name);
});

it("without settings no page of another origin may call the server", () => {
  expect(readEnv({}).corsOrigins).toEqual([]);
  expect(readEnv({ CORS_ORIGINS: "https://app.example, http://localhost:5173" }).corsOrigins).toEqual([
    "https://app.example",
    "http://localhost:5173",
  ]);
});

it.each([
  ["*", "must be origins such as https://app.example"],
  ["null", "must be origins such as"],
  ["app.example", "must be origins such as"],
  ["file:///x", "must be origins such as"],
  ["https://*.app.example", "must be origins such as"],
  ["https://app.example/", "https://app.example, not https://app.example/"],
  ["https://App.example:443", "https://app.example, not https://App.example:443"],
  ["https://app.example,", "must be origins such as"],
])("CORS_ORIGINS may not be %s", (value, message) => {
  expect(() => readEnv({ CORS_ORIGINS: value })).toThrow(message);
});

it("a variable with several faulty entries is named as it is written, and once for each reason", () => {
  const variables = { CORS_ORIGINS: "x,y", WEBHOOK_RETRY_SECONDS: "5,soon,later" };
  const message = /^CORS_ORIGINS must [^;]+; \* is none; WEBHOOK_RETRY_SECONDS must [^;]+$/;
  expect(() => readEnv(variables)).toThrow(message);
});

it.each(Object.keys(settings.shape))("an empty %s counts as unset", (name) => {
  expect(readEnv({ [name]: "" })).toEqual(readEnv({}));
});

it.each(["x", "short-token", "aaaaaaaaaaaaaaaaaaaaaaaa", "abababababababababab"])(
  "ROSTER_TOKEN may not be as easy to guess as %s",
  (value) => {
    expect(() => readEnv({ ROSTER_TOKEN: value })).toThrow(/^ROSTER_TOKEN must have 16 characters or more/);
  },
);

it.each(["chosen-by-the-operator", "J8s0bN5lVt0cQkqZ", "roster_x9-1234567890"])(
  "ROSTER_TOKEN may be %s",
  (value) => {
    expect(readEnv({ ROSTER_TOKEN: value }).token).toBe(value);
  },
);

const provider = {
  OPENID_ISSUER: "https://login.example",
  OPENID_CLIENT_ID: "roster",
  OPENID_CLIENT_SECRET: "secret",
  ROSTER_URL: "https://roster.example/",
};

it("without settings there is no OpenID provider, and with them there is one", () => {
  expect(readEnv({ ROSTER_URL: provider.ROSTER_URL }).openId).toBeUndefined();
  expect(readEnv(provider).openId).toEqual({
    issuer: "https://login.example",
    clientId: "roster",
    clientSecret: "secret",
    label: "Single sign-on",
    scope: "openid profile",
    tenantClaim: undefined,
    scopesClaim: "roster_scopes",
    url: "https://roster.example",
  });
});

it("all missing settings of a provider are reported at once", () => {
  expect(() => readEnv({ OPENID_ISSUER: provider.OPENID_ISSUER, OPENID_CLIENT_ID: "x" })).toThrow(
    /^OPENID_CLIENT_SECRET must be set: .+; ROSTER_URL must be set: /,
  );
});

it.each([
  ["OPENID_ISSUER", "http://login.example", "must be an https:// address, except on this machine"],
  ["OPENID_ISSUER", "login.example", "must be an https:// address"],
  ["OPENID_SCOPE", "profile", "must contain openid"],
  ["OPENID_LABEL", "x".repeat(81), "must have 80 characters or fewer"],
  ["ROSTER_URL", "https://roster.example/x", "must be an address without a path"],
  ["ROSTER_URL", "http://roster.example", "must be an https:// address, except on this machine"],
])("%s may not be %s", (name, value, message) => {
  expect(() => readEnv({ ...provider, [name]: value })).toThrow(`${name} ${message}`);
});

it("a provider on this machine may be without encryption", () => {
  const local = { ...provider, OPENID_ISSUER: "http://127.0.0.1:9000", ROSTER_URL: "http://localhost:4000" };
  expect(readEnv(local).openId?.issuer).toBe("http://127.0.0.1:9000");
});
