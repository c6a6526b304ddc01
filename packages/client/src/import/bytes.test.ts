import { describe, expect, it } from "vitest";
import { allOf, pieces } from "../testing/pieces.ts";
import { digestOf, open, type Source } from "./bytes.ts";
import { decoded, findEncoding } from "./encoding.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer);
const windows = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

it("a source can be opened twice, whatever it is", async () => {
  const sources: Source[] = [
    "a,b\n",
    new Blob(["a,", "b\n"]),
    () => pieces(utf8("a,b\n"), 1),
    () => new Blob(["a,b\n"]).stream(),
  ];
  for (const source of [...sources, ...sources]) {
    expect((await allOf(decoded(open(source), "utf-8"))).join("")).toBe("a,b\n");
  }
});

it("a digest depends on the bytes, and not on how they arrive", async () => {
  const bytes = new Uint8Array(2_500_000).map((_, i) => i % 251);
  const digest = await digestOf(pieces(bytes, 65_536));
  expect(await digestOf(pieces(bytes, 99_991))).toBe(digest);
  expect(await digestOf(pieces(bytes.subarray(1), 65_536))).not.toBe(digest);
  expect(digest).toMatch(/^[\da-f]{64}$/);
});

describe("encodings", () => {
  it.each<[string, Uint8Array, string]>([
    ["utf-8", utf8("name\nZoë"), "name\nZoë"],
    ["utf-8", utf8("\ufeffname\nZoë"), "name\nZoë"],
    ["utf-16le", utf16("\ufeffname\nZoë"), "name\nZoë"],
    ["utf-16le", utf16("name\nZoë"), "name\nZoë"],
    ["windows-1252", windows("name\nZo\xeb \x80"), "name\nZoë €"],
    ["windows-1252", windows("name\nZo\xeb"), "name\nZoë"],
    ["utf-8", new Uint8Array(), ""],
  ])("%s is found and read, however it is cut", async (encoding, bytes, text) => {
    for (const size of [2, 3, 100]) {
      expect(await findEncoding(pieces(bytes, size))).toBe(encoding);
      expect((await allOf(decoded(pieces(bytes, size), encoding))).join("")).toBe(text);
    }
  });

  it("that are wrong or unknown are refused", async () => {
    const read = (encoding: string) => allOf(decoded(pieces(windows("Zo\xeb"), 9), encoding));
    await expect(read("utf-8")).rejects.toThrow("not in the encoding utf-8");
    await expect(read("latin")).rejects.toThrow('there is no encoding "latin"');
  });
});
