import { describe, expect, it } from "vitest";
import { readForm } from "./form.ts";
import { readXml } from "./xml.ts";

const size = 1024 * 1024;
const uuid = (text: string) => `<item><uuid>${text}</uuid></item>`;
const many = (part: (i: number) => string): string => {
  const parts: string[] = [];
  for (let length = 0; length < size; length += (parts.at(-1) as string).length)
    parts.push(part(parts.length));
  return parts.join("");
};

/**
 * The processor time of a function in milliseconds: the least of three, because a busy machine and the
 * compiler's threads add to it.
 */
function work(read: typeof readForm, text: string): number {
  const times = [1, 2, 3].map(() => {
    const begun = process.cpuUsage();
    try {
      read(text);
    } catch {
      // Whether it is refused does not matter, only how long it blocks others.
    }
    return process.cpuUsage(begun).user / 1000;
  });
  return Math.min(...times);
}

describe("an XML document of one megabyte", () => {
  // A warm-up, so that no case includes compilation.
  work(readXml, uuid("&amp;".repeat(1_000)));

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
  ])("is read or refused quickly: %s", (_, document) => {
    expect(work(readXml, document)).toBeLessThan(250);
  });
});

describe("a form of one megabyte", () => {
  work(readForm, "%41=%41&".repeat(1_000));

  it.each([
    ["pairs", many((i) => `a${i}=%41&`)],
    ["pairs of one name", many(() => "a=&")],
    ["names", many((i) => `%41${i}&`)],
    ["nothing between the pairs", many(() => "&")],
    ["escapes", `uuid=${many(() => "%41")}`],
    ["escapes in a name", many(() => "%C3%A9")],
    ["spaces", `uuid=${many(() => "+")}`],
    ["equals signs", many(() => "=")],
  ])("is read or refused quickly: %s", (_, form) => {
    expect(work(readForm, form)).toBeLessThan(100);
  });
});
