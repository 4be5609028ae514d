import { existsSync, lstatSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { BioxError, invalidArgument } from "./errors.js";

/** The path that a caller gave as text or as a file: URL. */
export function filePath(name: string, value: string | URL): string {
  if (value instanceof URL) {
    if (value.protocol !== "file:") throw invalidArgument(name, "a file: URL", value.href);
    return fileURLToPath(value);
  }
  if (typeof value !== "string" || value === "" || value.includes("\0"))
    throw invalidArgument(name, "the path of a file or folder", value);
  return value;
}

/** The `code` of a failed file operation, such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** The error for a file that the system will not let us read. */
export function unreadable(path: string, cause: unknown): BioxError {
  const code = systemCode(cause);
  if (code === "ENOENT")
    return new BioxError("FILE_UNREADABLE", `File '${path}' does not exist.`, "Check the path.", { cause });
  const denied = code === "EACCES" || code === "EPERM";
  const reason = denied ? "permission was denied" : `the system reports ${code ?? String(cause)}`;
  const hint = denied ? "Give this user the right to read it, e.g. with chmod a+r." : "Check the path and the disk.";
  return new BioxError("FILE_UNREADABLE", `File '${path}' cannot be read: ${reason}.`, hint, { cause });
}

/** The error for a file that the system will not let us write. */
export function unwritable(path: string, cause: unknown): BioxError {
  const code = systemCode(cause);
  const reasons: Record<string, string> = {
    EEXIST: "it exists already",
    ENOSPC: "the disk is full",
    EISDIR: "it is a folder",
    ENOTDIR: "its folder is a file",
    EROFS: "the disk is read-only",
    ENOTSUP: "its file system takes no new folders",
    EFBIG: "it would be larger than the disk allows",
    EACCES: "permission was denied",
    EPERM: "permission was denied",
  };
  const reason =
    code === "ENOENT" ? whyNotThere(path) : (reasons[code ?? ""] ?? `the system reports ${code ?? String(cause)}`);
  return new BioxError("FILE_UNWRITABLE", `File '${path}' cannot be written: ${reason}.`, "Choose another path.", {
    cause,
  });
}

/** What "does not exist" means of a file that was to be made: a file system such as /proc says it of all of them. */
function whyNotThere(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    return "it is a link to a place that does not exist";
  return existsSync(dirname(path)) ? "its file system takes no new files" : "its folder does not exist";
}

/**
 * Makes a folder and those above it that do not exist yet. Not by Node's own `recursive`, which asks for ever where a file system such as
 * /proc answers "does not exist" to the making of a folder in one that does.
 *
 * @throws the system's error, EEXIST where a file is in the way, ENOTSUP where the file system takes no folders
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path) throw cause;
    await makeFolder(parent);
    await mkdir(path).catch((again) => {
      if (systemCode(again) === "EEXIST") return makeFolder(path);
      throw systemCode(again) === "ENOENT"
        ? Object.assign(new Error("", { cause: again }), { code: "ENOTSUP" })
        : again;
    });
  }
}
