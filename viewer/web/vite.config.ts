import { defineConfig } from "vite";

// The server embeds dist/ and answers it at / and /assets. In development the page is served by Vite and every
// other path goes to a running `urbis serve`, whose address URBIS overrides.
const server = process.env["URBIS"] ?? "http://127.0.0.1:8080";
const served = ["catalog", "tiles", "collections", "cells", "grids", "search", "buffer", "health", "privacy", "docs", "api"];

export default defineConfig({
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
  server: { proxy: Object.fromEntries(served.map((path) => [`/${path}`, server])) },
});
