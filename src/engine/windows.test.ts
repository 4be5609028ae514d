import { describe, expect, it } from "vitest";
import { newestWindow, windowEnd } from "./windows.js";

describe("windows", () => {
  it("has no window before the first is full", () => {
    expect(newestWindow({ samples: 100, hop: 10 }, 99)).toBe(-1);
    expect(newestWindow({ samples: 100, hop: 10 }, 100)).toBe(0);
  });

  it("finds the newest window that has ended, for hops that are not whole too", () => {
    for (const hop of [1, 2.5, 12.5, 31.25, 100 / 3, 250]) {
      const plan = { samples: 1250, hop };
      for (let head = 1250; head < 3000; head += 7) {
        const k = newestWindow(plan, head);
        expect(windowEnd(plan, k)).toBeLessThanOrEqual(head);
        expect(windowEnd(plan, k + 1)).toBeGreaterThan(head);
      }
    }
  });
});
