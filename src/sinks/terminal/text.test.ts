import { expect, test } from "vitest";
import { clip, pad, plain, textWidth } from "./text.js";

test("wide characters count two columns, marks none", () => {
  expect(textWidth("rest")).toBe(4);
  expect(textWidth("静息")).toBe(4);
  expect(textWidth("e\u0301")).toBe(1);
  expect(textWidth("⣿█▏●")).toBe(4);
});

test("clip keeps what fits and says that there was more", () => {
  expect(clip("stress", 6)).toBe("stress");
  expect(clip("stress", 4)).toBe("str…");
  expect(clip("静息状态", 5)).toBe("静息…");
  expect(clip("静息状态", 4)).toBe("静…");
  expect(clip("stress", 0)).toBe("");
});

test("pad fills columns, not code units", () => {
  expect(pad("静息", 6)).toBe("静息  ");
  expect(pad("stress", 3)).toBe("stress");
});

test("a name cannot steer the terminal", () => {
  expect(plain("\x1b[2Jwatch\r\nfake")).toBe(" [2Jwatch fake");
  expect(plain("a\u202eb\u200dc")).toBe("abc");
});
