import { describe, expect, it } from "vitest";
import { readXml } from "./xml.ts";

const size = 1024 * 1024;
const uuid = (text: string) => `<item><uuid>${text}</uuid></item>`;
const many = (part: (i: number) => string): string => {
  const parts: string[] = [];
  for (let length = 0; length < size; length += (parts.at(-1) as string).length)
    parts.push(part(parts.length));
  return parts.join("");
};

/** Milliseconds of the processor, which do not grow with what else the machine does. */
function work(document: string): number {
  const begun = process.cpuUsage();
  try {
    readXml(document);
  } catch {
    // Refused or not: what counts is how long it has held up all others.
  }
  return process.cpuUsage(begun).user / 1000;
}

describe("a document of a megabyte", () => {
  // Once, so that no case pays for what is compiled.
  work(uuid("&amp;".repeat(1_000)));

  it.each([
    ["attributes", `<item${many((i) => ` a${i}="1"`)}/>`],
    ["namespaces", `<item${many((i) => ` xmlns:a${i}="1"`)}/>`],
    ["elements", `<item>${many((i) => `<a${i}/>`)}</item>`],
    ["nested elements", many(() => "<item>")],
    ["references", uuid(many(() => "&amp;"))],
    ["comments", uuid(many(() => "<!---->"))],
    ["sections", uuid(many(() => "<![CDATA[]]>"))],
    ["processing instructions", uuid(many(() => "<?a?>"))],
    ["carriage returns", uuid(many(() => "\r"))],
    ["declarations", `<!DOCTYPE item [${many(() => `<!ENTITY a "b">`)}]><item/>`],
    ["text", uuid(many(() => "é"))],
  ])("is read or refused soon: %s", (_, document) => {
    expect(work(document)).toBeLessThan(250);
  });
});

it("tells where a document is not well-formed", () => {
  expect(() => readXml("<item>\n  <uuid>a]]>b</uuid>\n</item>")).toThrow(
    "the XML is not well-formed at line 2, column 12",
  );
});
