import { expect, it } from "vitest";
import { messageId } from "./message-id.js";

it("is a UUID of version 7 that begins with its time", () => {
  // The example of RFC 9562, appendix A.6.
  expect(messageId(0x017f22e279b0)).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it("is different each time, and sorted by time within a ms", () => {
  const ids = Array.from({ length: 2000 }, () => messageId(1_700_000_000_000.7));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  expect(messageId(1_700_000_000_001) > ids.at(-1)!).toBe(true);
});
