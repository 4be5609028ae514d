import { expect } from "vitest";
import { BioxError, type ErrorCode } from "../../src/errors.js";

/** The BioxError with which an action fails; anything else, or success, fails the test. */
export async function failure(action: () => unknown): Promise<BioxError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof BioxError) return error;
    throw error;
  }
  throw new Error("Nothing was refused.");
}

/** Checks that an action is refused with that code by one clear sentence that has each of the texts in it. */
export async function expectRefusal(action: () => unknown, code: ErrorCode, ...texts: string[]): Promise<void> {
  const error = await failure(action);
  expect(error.code, error.message).toBe(code);
  expect(error.message).toMatch(/^\S[^\n]*[^.]\.$/);
  expect(error.message, "one sentence").not.toMatch(/[.!?] +[A-Z]/);
  for (const text of texts) expect(error.message).toContain(text);
}
