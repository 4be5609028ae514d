import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { join, relative } from "node:path";
import { BioxError } from "../../errors.js";
import { systemCode } from "../../paths.js";
import type { ForgetReport } from "../forget/report.js";

/** What the system takes as the path of a socket (unix(7): 108 bytes with the zero behind it). */
const LONGEST_PATH = 107;
const FORGET = /^\/wearers\/([A-Za-z0-9_-]{1,40})\/data$/;

/** What other commands of this machine may have a running gateway do. */
export interface ControlActions {
  forget(wearer: string): Promise<ForgetReport>;
}

export interface Control {
  close(): Promise<void>;
}

/** The socket in a gateway's data folder; relative to the current folder where that is shorter. */
export function controlPath(data: string): string {
  const path = join(data, "gateway.sock");
  const short = relative(process.cwd(), path);
  return Buffer.byteLength(short) < Buffer.byteLength(path) ? short : path;
}

/**
 * Takes a data folder for this process, and listens there for what `biox forget` asks: on a socket that only this user and root may
 * open, who may remove the files themselves. It is gone with the process, however that ends, so nobody is taken to run who does not.
 *
 * @returns undefined where the file system has no sockets, or the path is too long for one; `warn` is then told so
 * @throws BioxError FILE_UNWRITABLE where another process has the folder
 */
export async function openControl(
  data: string,
  actions: ControlActions,
  warn: (reason: string) => void,
): Promise<Control | undefined> {
  const path = controlPath(data);
  if (await isHeld(path))
    throw new BioxError(
      "FILE_UNWRITABLE",
      `Data folder '${data}' is in use by another gateway, or by 'biox forget'.`,
      "Give each gateway a folder of its own with 'data'; stop the other one where it is the same.",
    );
  const server = createServer((request, response) => {
    const [, wearer] = (request.method === "DELETE" && FORGET.exec(request.url ?? "")) || [];
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (wearer === undefined) answer(404, { code: "INVALID_ARGUMENT", message: "This gateway cannot do that." });
    else
      actions.forget(wearer).then(
        (report) => answer(200, report),
        (cause: Error & { code?: string; hint?: string }) =>
          answer(500, { code: cause.code, message: cause.message, hint: cause.hint }),
      );
  });
  try {
    if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`its path has more than ${LONGEST_PATH} bytes`);
    await rm(path, { force: true });
    await listen(server, path);
  } catch (cause) {
    warn(systemCode(cause) ?? (cause as Error).message);
    return undefined;
  }
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether a process listens there. One that has ended leaves the name behind, at which nobody answers. */
function isHeld(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (cause) => resolve(systemCode(cause) === "EACCES"));
  });
}

/** Listens so that nobody else may connect, from the first moment on. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).once("listening", resolve);
    // The name is made within this call, with rights that the mask leaves.
    const mask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(mask);
    }
  });
}
