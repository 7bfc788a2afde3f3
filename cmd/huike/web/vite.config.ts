import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// Three pages, one build. dist is embedded in the binary by web.go; public holds
// dist's .gitkeep, so that emptying dist before a build leaves the tree clean.
export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the pages' policy allows no inline files
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        caller: resolve(import.meta.dirname, "index.html"),
        desk: resolve(import.meta.dirname, "desk/index.html"),
        members: resolve(import.meta.dirname, "members/index.html"),
        learn: resolve(import.meta.dirname, "learn/index.html"),
      },
    },
  },
  server: {
    // npx vite, beside a running `huike serve`: pages reload as they are written.
    proxy: { "/v1": { target: process.env["HUIKE_URL"] ?? "http://127.0.0.1:8080", ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
