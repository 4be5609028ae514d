import { request } from "node:http";
import { text } from "node:stream/consumers";
import { BioxError, ERROR_CODES, type ErrorCode } from "../../errors.js";
import { systemCode } from "../../paths.js";
import type { ForgetReport } from "../forget/report.js";
import { controlPath } from "./control.js";

/** Nobody has ever run there, or who has run there has ended, or could not make a socket there. */
const NOBODY: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ECONNREFUSED", "ENAMETOOLONG", "EINVAL"]);

/**
 * Has the gateway that runs on a data folder remove everything of a wearer.
 *
 * @returns undefined where none runs
 * @throws BioxError as the gateway does; FILE_UNWRITABLE where it may not be asked by this user, or has ended in the middle
 */
export async function askToForget(data: string, wearer: string): Promise<ForgetReport | undefined> {
  const reply = await ask(controlPath(data), "DELETE", `/wearers/${wearer}/data`);
  if (!reply) return undefined;
  if (reply.status === 200) return reply.body as ForgetReport;
  const { code, message, hint } = reply.body as { code?: string; message: string; hint?: string };
  const known = ERROR_CODES.find((each) => each === code) ?? ("FILE_UNWRITABLE" satisfies ErrorCode);
  throw new BioxError(known, message, hint);
}

/** How long something may take is not known beforehand: a disk may be slow, and a file large. */
function ask(socketPath: string, method: string, path: string): Promise<{ status: number; body: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path }, (response) => {
      text(response)
        .then((body) => resolve({ status: response.statusCode!, body: JSON.parse(body) }))
        .catch(failed);
    });
    const failed = (cause: unknown): void => {
      const code = systemCode(cause);
      if (code !== undefined && NOBODY.has(code)) resolve(undefined);
      else if (code === "EACCES")
        reject(
          new BioxError(
            "FILE_UNWRITABLE",
            "The gateway that runs may be asked only by its own user and by root.",
            "Run this as its user, with 'sudo -u biox', or as root.",
          ),
        );
      else
        reject(
          new BioxError(
            "FILE_UNWRITABLE",
            "The gateway has ended before everything was removed.",
            "Run this again: what is removed already stays so.",
            { cause },
          ),
        );
    };
    asked.once("error", failed).end();
  });
}
