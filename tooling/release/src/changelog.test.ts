import { expect, it } from "vitest";
import { section, withSection } from "./changelog.ts";

const told = (summary: string, ...types: ("major" | "minor" | "patch" | "none")[]) => ({
  summary,
  releases: types.map((type, index) => ({ name: `p${index}`, type })),
});

it("a section has the weightiest changes first, each once, by its weightiest package", () => {
  const text = section("2.0.0", "2026-01-02", [
    told("A fix.", "patch", "patch"),
    told("A new hook.\n\nWith a second paragraph.", "minor", "patch"),
    told("Something is gone.", "patch", "major"),
    told("For developers.", "none"),
  ]);
  expect(text).toBe(`## 2.0.0 (2026-01-02)

### Breaking

- Something is gone.

### Added

- A new hook.
  
  With a second paragraph.

### Fixed

- A fix.`);
});

it("the newest section comes first, and nothing of the earlier ones changes", () => {
  const first = withSection("# Changelog\n\nAbout.\n\n## Unreleased\n\nNothing.\n", "## 0.1.0\n\n- One");
  expect(first).toBe("# Changelog\n\nAbout.\n\n## 0.1.0\n\n- One\n");
  expect(withSection(first, "## 0.2.0\n\n- Two")).toBe(
    "# Changelog\n\nAbout.\n\n## 0.2.0\n\n- Two\n\n## 0.1.0\n\n- One\n",
  );
});
