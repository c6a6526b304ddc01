import { defineConfig } from "vitest/config";

// The page calls Roster at its own address, so that Roster need not know it.
const proxy = { target: "http://127.0.0.1:4000", changeOrigin: true };

export default defineConfig({
  server: { proxy: { "/trpc": proxy, "/api": proxy } },
  test: { environment: "happy-dom", include: ["src/**/*.test.tsx"], testTimeout: 60_000 },
});
