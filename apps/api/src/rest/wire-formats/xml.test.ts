import { expect, it } from "vitest";
import { readXml } from "./xml.ts";

it("tells where a document is not well-formed", () => {
  expect(() => readXml("<item>\n  <uuid>a]]>b</uuid>\n</item>")).toThrow(
    "the XML is not well-formed at line 2, column 12",
  );
});
