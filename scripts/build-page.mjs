// Builds the live page, web/ to dist/web/: one script, one style sheet, one document; nothing is loaded from anywhere else.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

rmSync(at("dist/web"), { recursive: true, force: true });
mkdirSync(at("dist/web"), { recursive: true });
await build({
  entryPoints: { page: at("web/main.ts") },
  outdir: at("dist/web"),
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: ["chrome109", "firefox115", "safari16.4"],
  tsconfig: at("web/tsconfig.json"),
  // uPlot's licence asks for its notice in copies.
  legalComments: "inline",
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) copyFileSync(at(`web/${name}`), at(`dist/web/${name}`));
