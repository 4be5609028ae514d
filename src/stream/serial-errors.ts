import { BioxError } from "../errors.js";

/** What the operating system's refusal to open a port means, and what to do about it. */
export function portError(path: string, cause: unknown): BioxError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const error = (
    code: "PORT_NOT_FOUND" | "PORT_BUSY" | "PORT_PERMISSION" | "PORT_FAILED",
    message: string,
    hint: string,
  ) => new BioxError(code, message, hint, { cause });
  if (/no such file|ENOENT/i.test(text))
    return error(
      "PORT_NOT_FOUND",
      `Serial port ${path} does not exist.`,
      "Run 'biox devices' to see the ports of this machine.",
    );
  if (/cannot lock|temporarily unavailable|busy|EBUSY|EAGAIN/i.test(text))
    return error(
      "PORT_BUSY",
      `Serial port ${path} is in use by another program.`,
      "Close the other program (or 'biox run') and try again.",
    );
  if (/permission denied|EACCES|EPERM|not permitted/i.test(text))
    return error(
      "PORT_PERMISSION",
      `This user may not open serial port ${path}.`,
      "Add the user to the group that owns the port, usually dialout: sudo usermod -aG dialout $USER, then log in again.",
    );
  if (/inappropriate ioctl|ENOTTY|no such device|ENXIO|ENODEV|is a directory|EISDIR/i.test(text))
    return error(
      "PORT_FAILED",
      `${path} is not a serial port.`,
      "Run 'biox devices' to see the ports of this machine.",
    );
  return error(
    "PORT_FAILED",
    `Serial port ${path} could not be opened: ${text.replace(/^Error:?\s*/, "")}.`,
    "Run 'biox devices' to see the ports of this machine.",
  );
}
