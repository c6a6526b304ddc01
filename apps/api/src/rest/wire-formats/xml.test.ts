import { expect, it } from "vitest";
import { readXml } from "./xml.ts";

it("a malformed document is refused with the position of the fault", () => {
  expect(() => readXml("<item>\n  <uuid>a]]>b</uuid>\n</item>")).toThrow(
    "the XML is not well-formed at line 2, column 12",
  );
});
