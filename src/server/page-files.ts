import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

/** What files of the page are called to browsers; any other kind is not served. */
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
};
/** Pictures are compressed as they are. */
const COMPRESSED = /^(text|image\/svg|application\/manifest)/;

export interface PageFile {
  readonly type: string;
  readonly etag: string;
  /** The file by its encoding; `identity` is always there. */
  readonly bodies: ReadonlyMap<string, Buffer>;
}

/**
 * All files of the page, by URL path, in memory and compressed: what is not in this map cannot be asked for, whatever a path looks like.
 * Empty where the page is not built.
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of names(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = readFileSync(join(folder, name));
    const bodies = new Map([["identity", body]]);
    if (COMPRESSED.test(type)) bodies.set("br", brotliCompressSync(body)).set("gzip", gzipSync(body, { level: 9 }));
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    files.set(`/${name.split(sep).join("/")}`, { type, etag, bodies });
  }
  const index = files.get("/index.html");
  if (index) files.set("/", index);
  return files;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}

/** The encoding in which a file is sent: the smallest that a browser takes. */
export function chooseEncoding({ bodies }: PageFile, accepted: string | undefined): string {
  const taken = new Set(
    (accepted ?? "")
      .toLowerCase()
      .split(",")
      .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
      .map((part) => part.split(";")[0]!.trim()),
  );
  return ["br", "gzip"].find((name) => taken.has(name) && bodies.has(name)) ?? "identity";
}
