import { expect, test } from "vitest";
import { joinFitting, paint, row } from "./line.js";

test("facts that do not fit are left out whole, from the end", () => {
  const facts = [["4660 samples"], ["175 lost"], ["18 bad frames"]] as const;
  const text = (width: number) =>
    joinFitting(facts, width)
      .map(([t]) => t)
      .join("");
  expect(text(37)).toBe("4660 samples  175 lost  18 bad frames");
  expect(text(36)).toBe("4660 samples  175 lost");
  expect(text(22)).toBe("4660 samples  175 lost");
  expect(text(21)).toBe("4660 samples");
  expect(text(11)).toBe("");
});

test("a painted line ends at the width, whatever its colours", () => {
  const line = row("link", ["● open", "green"], ["  175 lost", "yellow"]);
  expect(paint(line, 21, false)).toBe("link       ● open  1…");
  expect(paint(line, 17, true)).toBe("\x1b[90mlink       \x1b[39m\x1b[32m● open\x1b[39m");
  expect(paint(line, 11, false)).toBe("link       ");
});
