import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Client } from "pg";
import { readAddress, readPrimaryAddress } from "./address.ts";

/** The servers of an address, as the driver reads them. */
const serversOf = (url: string) =>
  readAddress(url).hosts.map((host) => {
    const { user, password, database, port, ...more } = new Client(host.url);
    return { user, password, database, port, host: more.host };
  });

describe("an address", () => {
  it("names one server, whatever characters its parts contain", () => {
    expect(serversOf("postgres://ada:p%40ss%3A%2F%zz@db.example:5433/the%20database")).toEqual([
      { user: "ada", password: "p@ss:/%zz", database: "the database", host: "db.example", port: 5433 },
    ]);
    expect(serversOf("postgresql://u:a@b:c@h/d")).toMatchObject([
      { password: "a@b:c", host: "h", port: 5432 },
    ]);
  });

  it.each([
    ["postgres://u:p@h1:1,h2:2/d", ["h1:1", "h2:2"]],
    ["postgres://u:p@h1,h2:2,h3/d", ["h1:5432", "h2:2", "h3:5432"]],
    ["postgres://[::1]:1,[fe80::1]/d", ["::1:1", "fe80::1:5432"]],
    ["postgres:///d?host=h1,h2&port=1,2", ["h1:1", "h2:2"]],
    ["postgres://h1,h2/d?port=6432", ["h1:6432", "h2:6432"]],
    ["postgres://h1,h2/d?port=1,2", ["h1:1", "h2:2"]],
    ["postgres://u@%2Frun%2Fpostgresql/d", ["/run/postgresql:5432"]],
    ["postgres:///d?host=/run/postgresql", ["/run/postgresql:5432"]],
  ])("names servers in order: %s", (url, servers) => {
    expect(serversOf(url).map(({ host, port }) => `${host}:${port}`)).toEqual(servers);
  });

  it("passes any encoded login and database name to the driver unchanged", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    const name = text.filter((each) => !/[?#/]|^\.{1,2}$/.test(each));
    fc.assert(
      fc.property(text, text, name, (user, password, database) => {
        const [login, path] = [
          [user, password].map(encodeURIComponent).join(":"),
          encodeURIComponent(database),
        ];
        expect(serversOf(`postgres://${login}@h/${path}`)).toMatchObject([{ user, password, database }]);
        const query = `user=${encodeURIComponent(user)}&password=${encodeURIComponent(password)}&dbname=${path}`;
        expect(serversOf(`postgres://h?${query}`)).toMatchObject([{ user, password, database }]);
      }),
    );
  });

  it("passes the login, the database and the driver's parameters to every server", () => {
    const url =
      "postgres://a,b/x?user=u&password=p&dbname=d&application_name=roster-1&options=-c%20work_mem%3D1MB";
    for (const { url: one } of readAddress(url).hosts) {
      const { user, password, database, ...client } = new Client(one);
      expect({ user, password, database }).toEqual({ user: "u", password: "p", database: "d" });
      expect((client as never as { connectionParameters: object }).connectionParameters).toMatchObject({
        application_name: "roster-1",
        options: "-c work_mem=1MB",
      });
    }
  });

  it("sets how connections are made", () => {
    expect(readAddress("postgres://h/d")).toMatchObject({
      target: undefined,
      shuffled: false,
      connectTimeout: 5_000,
      keepAlive: true,
    });
    const parameters =
      "target_session_attrs=standby&load_balance_hosts=random&connect_timeout=2&keepalives=0&keepalives_idle=30&channel_binding=prefer";
    expect(readAddress(`postgres://h/d?${parameters}`)).toMatchObject({
      target: "standby",
      shuffled: true,
      connectTimeout: 2_000,
      keepAlive: false,
      keepAliveDelay: 30_000,
      channelBinding: true,
    });
  });

  it.each([
    ["h1:x,h2/d", "host 1 is not of the form host:port"],
    ["h1:0/d", "the port of host 1 is not a number from 1 to 65535"],
    ["h1:70000/d", "the port of host 1"],
    ["h1,h2,h3/d?port=1,2", "there are 2 ports for 3 hosts"],
    [
      "h/d?target_session_attrs=readwrite",
      "target_session_attrs is readwrite; it must be one of any, read-write",
    ],
    [
      "h/d?load_balance_hosts=roundrobin",
      "load_balance_hosts is roundrobin; it must be one of disable, random",
    ],
    ["h/d?sslmode=allow", "sslmode is allow; it must be one of disable, require"],
    ["h/d?connect_timeout=soon", "connect_timeout is soon; it must be a number of seconds"],
    ["h/d?client_encoding=LATIN1", "client_encoding is LATIN1; it must be UTF8"],
    ["h/d?channel_binding=require", "channel_binding=require is not supported: use prefer"],
    ["h/d?tcp_user_timeout=1000", "tcp_user_timeout is not supported: set it in the operating system"],
    ["h/d?hostaddr=10.0.0.1", "hostaddr is not supported: put the address"],
    ["h/d?passfile=/x", "passfile is not supported: put the password"],
    ["h/d?service=x", "service is not supported: write the address out"],
    ["h/d?gssencmode=require", "gssencmode is not supported"],
    ["h/d?sslmode=disable&sslmode=require", "sslmode is given twice"],
    ["h/a%23b", "the database's name has a ? or a #"],
    ["h/d?pool_size=5", "pool_size is not a parameter of a connection"],
  ])("is refused with its fault: %s", (rest, fault) => {
    expect(() => readAddress(`postgres://u:secret@${rest}`)).toThrow(fault);
    expect(() => readAddress(`postgres://u:secret@${rest}`)).not.toThrow("secret");
  });

  it.each(["postgres://u:1/secret@h/d", "postgres://u:secret/x@h/d", "postgres://u:99999/secret@h/d"])(
    "is refused without quoting a password that is not encoded: %s",
    (url) => {
      expect(() => readAddress(url)).toThrow("/, ? and # in a password");
      expect(() => readAddress(url)).not.toThrow(/secret|99999/);
    },
  );

  it("is refused with all faults at once", () => {
    expect(() => readAddress("postgres://h:x/d?sslcrl=a&sslmode=on")).toThrow(
      /^host 1 is not.*; sslmode is on.*; sslcrl is not supported: /,
    );
  });
});

describe("the address for writes", () => {
  it.each([
    ["", "primary"],
    ["?target_session_attrs=any", "primary"],
    ["?target_session_attrs=primary", "primary"],
    ["?target_session_attrs=read-write", "read-write"],
  ])("leads to a primary: %s", (query, target) => {
    expect(readPrimaryAddress(`postgres://h/d${query}`).target).toBe(target);
  });

  it.each(["read-only", "standby", "prefer-standby"])("is refused if it asks for %s", (target) => {
    expect(() => readPrimaryAddress(`postgres://h/d?target_session_attrs=${target}`)).toThrow(
      `target_session_attrs is ${target}, but changes are stored there`,
    );
  });
});
