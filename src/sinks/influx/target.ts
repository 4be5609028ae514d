import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode, unreadable, unwritable } from "../../paths.js";
import type { InfluxSettings } from "./settings.js";

const REQUEST_MS = 20_000;

/** `refused`: these lines will never be taken as they are. `waiting`: not now; `afterMs` where the server says when. */
export type Written = { state: "done" } | { state: "refused" | "waiting"; reason: string; afterMs?: number };

/** Where lines go. Never rejects. */
export type Target = (lines: readonly string[], signal: AbortSignal) => Promise<Written>;

/** @throws BioxError FILE_UNREADABLE for a token that cannot be read */
export async function openTarget(settings: InfluxSettings): Promise<Target> {
  const { file, tokenFile } = settings;
  if (file !== undefined) return (lines) => appendLines(file, lines);
  let token: string | undefined;
  try {
    if (tokenFile !== undefined) token = (await readFile(tokenFile, "utf8")).split(/\r?\n/, 1)[0];
  } catch (cause) {
    throw unreadable(tokenFile!, cause);
  }
  const url = new URL(`${settings.url!.replace(/\/+$/, "")}/api/v2/write`);
  url.searchParams.set("bucket", settings.bucket!);
  if (settings.org !== undefined) url.searchParams.set("org", settings.org);
  url.searchParams.set("precision", "ms");
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    ...(token === undefined ? {} : { authorization: `Token ${token}` }),
  };
  return (lines, signal) => post(url, headers, lines, signal);
}

async function post(
  url: URL,
  headers: Record<string, string>,
  lines: readonly string[],
  signal: AbortSignal,
): Promise<Written> {
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
    const reply = await fetch(url, {
      method: "POST",
      headers,
      body: `${lines.join("\n")}\n`,
      signal: within,
      redirect: "error",
    });
    const text = (await reply.text()).slice(0, 200);
    if (reply.ok) return { state: "done" };
    const reason = `the server answers ${reply.status}${text === "" ? "" : `: ${text}`}`;
    if ([400, 413, 422].includes(reply.status)) return { state: "refused", reason };
    const seconds = Number(reply.headers.get("retry-after"));
    return { state: "waiting", reason, ...(seconds > 0 && seconds < 3600 ? { afterMs: seconds * 1000 } : {}) };
  } catch (error) {
    const code = error instanceof Error ? systemCode(error.cause) : undefined;
    return {
      state: "waiting",
      reason: code === undefined ? "the server does not answer" : `the server cannot be reached (${code})`,
    };
  }
}

async function appendLines(path: string, lines: readonly string[]): Promise<Written> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, "a");
    const { size } = await file.stat();
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    try {
      for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
      await file.datasync();
    } catch (error) {
      // What a full disk took of a line must not be joined to the next one.
      await file.truncate(size).catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
    return { state: "done" };
  } catch (cause) {
    return { state: "waiting", reason: unwritable(path, cause).message.replace(/\.$/, "") };
  }
}
