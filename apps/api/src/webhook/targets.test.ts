import * as dns from "node:dns";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { Sender } from "./send.ts";
import { isNetwork, Targets } from "./targets.ts";

// The modules under test are loaded anew with the mock, and once more without it for the next file.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock("node:dns", async (original) => {
  const real = await original<typeof dns>();
  return { ...real, lookup: vi.fn(real.lookup) };
});
afterEach(() => void vi.mocked(dns.lookup).mockClear());

/** Makes names resolve to the given addresses. */
const names = (...addresses: string[]) =>
  vi.mocked(dns.lookup).mockImplementation(((_name: string, _options: object, callback: Function) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )) as never);

const targets = new Targets();

describe("an address outside the public internet is refused:", () => {
  it.each([
    "https://127.0.0.1",
    "https://127.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0177.0.0.1",
    "https://0.0.0.0",
    "https://10.0.0.1",
    "https://100.64.0.1",
    "https://169.254.169.254/latest/meta-data",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://192.0.0.1",
    "https://192.168.1.1",
    "https://198.18.0.1",
    "https://203.0.113.1",
    "https://224.0.0.1",
    "https://240.0.0.1",
    "https://255.255.255.255",
    "https://[::]",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::7f00:1]",
    "https://[2002:7f00:1::]",
    "https://[2001::1]",
    "https://[2001:db8::1]",
    "https://[3fff::1]",
    "https://[fc00::1]",
    "https://[fd12:3456::1]",
    "https://[fe80::1]",
    "https://[fec0::1]",
    "https://[ff02::1]",
    "https://[100::1]",
  ])("%s", (url) => {
    expect(targets.fault(url)).toBe("is not on the public internet");
    expect(() => targets.lookupFor(new URL(url))).toThrow("is not on the public internet");
  });
});

it.each([
  ["https://x.example/hook?key=1", undefined],
  ["https://x.example:8443", undefined],
  ["https://1.1.1.1", undefined],
  ["https://[2606:4700::1111]", undefined],
  ["http://x.example", "is not an https URL"],
  ["http://1.1.1.1", "is not an https URL"],
  ["https://x.example:25", "uses port 25, which belongs to another service"],
  ["https://u@x.example", "contains credentials"],
  ["https://:p@x.example", "contains credentials"],
  ["https://x.example/#a", "has a fragment"],
  ["ftp://x.example", "is not an https URL"],
  ["file:///etc/passwd", "is not an https URL"],
  ["x.example", "is not an https URL"],
  ["https://", "is not an https URL"],
])("%s: %s", (url, fault) => {
  expect(targets.fault(url)).toBe(fault);
});

describe("a host name", () => {
  const lookup = (url: string, of = targets) =>
    promisify(of.lookupFor(new URL(url)) as never)(new URL(url).hostname, { all: true });

  it.each(["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1"])(
    "that resolves to %s is refused when it is used",
    async (address) => {
      names(address);
      expect(targets.fault("https://x.example")).toBeUndefined();
      await expect(lookup("https://x.example")).rejects.toThrow("no permitted address");
    },
  );

  it("that resolves to several addresses is used for the permitted ones", async () => {
    names("127.0.0.1", "1.1.1.1", "::1", "2606:4700::1111");
    const found = (await lookup("https://x.example")) as unknown as { address: string }[];
    expect(found.map(({ address }) => address)).toEqual(["1.1.1.1", "2606:4700::1111"]);
  });

  it("never leads to this machine, whatever it resolved to when it was checked", async () => {
    let connections = 0;
    const server = createServer(() => connections++).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    names("127.0.0.1");
    const sender = new Sender(targets, 1_000);
    for (const url of [
      `https://x.example:${port}`,
      `http://x.example:${port}`,
      `https://127.0.0.1:${port}`,
    ]) {
      const message = { url, headers: {}, body: "{}" };
      const answer = await sender.send(message, new AbortController().signal, () => true);
      expect(answer?.status).toBeNull();
      expect(answer?.error).toMatch(/no permitted address|not on the public internet/);
    }
    expect(connections).toBe(0);
    sender.close();
    server.close();
  });
});

describe("an allowed network", () => {
  const inside = new Targets(["10.1.0.0/16", "fd00::/8", "127.0.0.1"]);

  it.each(["http://10.1.2.3:25", "https://10.1.2.3", "http://[fd00::1]:80", "http://127.0.0.1:8080"])(
    "is reached: %s",
    (url) => {
      expect(inside.fault(url)).toBeUndefined();
      expect(() => inside.lookupFor(new URL(url))).not.toThrow();
    },
  );

  it.each(["http://10.2.0.1", "https://10.0.255.255", "https://[fe80::1]", "http://127.0.0.2"])(
    "opens no other: %s",
    (url) => {
      expect(inside.fault(url)).toBe("is not on the public internet");
    },
  );

  it("allows names over http, which must resolve to its addresses", async () => {
    expect(inside.fault("http://x.example")).toBeUndefined();
    names("1.1.1.1");
    const lookup = promisify(inside.lookupFor(new URL("http://x.example")) as never);
    await expect(lookup("x.example", { all: true })).rejects.toThrow("no permitted address");
  });
});

it.each([
  ["10.0.0.0/8", true],
  ["127.0.0.1", true],
  ["::1/128", true],
  ["10.0.0.0/33", false],
  ["10.0.0.0/", false],
  ["localhost", false],
  ["", false],
])("%s is a network: %s", (text, is) => {
  expect(isNetwork(text)).toBe(is);
});
