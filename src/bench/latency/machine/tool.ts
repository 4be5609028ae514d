import { execFile } from "node:child_process";

/** A tool that says nothing for so long has nothing to say; tegrastats goes on for ever and is ended so. */
const TOOL_MS = 2000;

/** What a tool prints within two seconds; undefined where it is missing, fails or prints nothing. `path` replaces PATH. */
export function runTool(command: string, args: readonly string[], path?: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = path === undefined ? process.env : { ...process.env, PATH: path };
    execFile(command, args, { env, timeout: TOOL_MS, maxBuffer: 65_536, encoding: "utf8" }, (error, stdout) => {
      const text = stdout.trim();
      // Ended by us is no failure: it has printed what it could.
      resolve(text !== "" && (error === null || error.killed) ? text : undefined);
    });
  });
}
