/** Every code that a BioxError can carry; docs/errors.md says what each means and what to do. */
export const ERROR_CODES = [
  "INVALID_ARGUMENT",
  "ADDON_NOT_FOUND",
  "BUNDLE_NOT_FOUND",
  "BUNDLE_INVALID",
  "BUNDLE_HASH",
  "BUNDLE_SHAPE",
  "BUNDLE_SIGNATURE",
  "KEY_INVALID",
  "ONNX_INVALID",
  "ONNX_UNSUPPORTED",
  "FIDELITY_LOW",
  "MODEL_FAILED",
  "PREPARE_INVALID",
  "FILE_INVALID",
  "FILE_UNREADABLE",
  "FILE_UNWRITABLE",
  "SOURCE_INVALID",
  "PORT_NOT_FOUND",
  "PORT_BUSY",
  "PORT_PERMISSION",
  "PORT_FAILED",
  "DEVICE_UNKNOWN",
  "DEVICE_SILENT",
  "CHANNEL_MISSING",
  "EMULATOR_FAILED",
  "ENGINE_FAILED",
  "CONFIG_INVALID",
  "SERVICE_FAILED",
  "LISTEN_FAILED",
  "WINDOW_INVALID",
  "BROKER_REFUSED",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * The one error class of biox-edge.
 *
 * `message` is one sentence that names the value and what was expected; `hint` says what to do about it.
 */
export class BioxError extends Error {
  override readonly name = "BioxError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** Writes a value so that a reader recognises it, cut short where it is long. */
export function show(value: unknown): string {
  if (typeof value === "string") return value.length > 60 ? `'${value.slice(0, 57)}...'` : `'${value}'`;
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined)
    return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}(${(value as Float32Array).length ?? value.byteLength})`;
  if (typeof value === "function") return "a function";
  const text = json(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** JSON where there is one: a cycle or a bigint within has none. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** The error for a value that does not fit: `invalidArgument("hop", "a number of seconds above 0", -1)`. */
export function invalidArgument(name: string, expected: string, actual: unknown): BioxError {
  return new BioxError("INVALID_ARGUMENT", `Expected ${name} to be ${expected}, but received ${show(actual)}.`);
}
