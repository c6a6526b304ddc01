import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

/** Where `npm run dev` finds the server that answers for the pages. */
const server = process.env["ROSTER_URL"] ?? "http://127.0.0.1:4000";
const proxy = { "/trpc": server, "/api": server, "/console/session": server };

export default defineConfig({
  base: "/console/",
  // Workspaces are built from their sources, so that this build needs no other one first.
  resolve: { conditions: ["@roster/source", ...defaultClientConditions] },
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2022",
    // The server allows no script and no picture that is written into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy },
});
