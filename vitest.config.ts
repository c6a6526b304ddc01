import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/** Workspaces are tested from their sources. */
const conditions = ["@roster/source", ...defaultServerConditions];

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{packages,apps,tooling}/*/src/**/*.test.ts"],
    reporters: ["default", "./tooling/acceptance/src/closing-line.ts"],
    globalSetup: "./tooling/acceptance/src/postgres-setup.ts",
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
