import { expect, test } from "vitest";
import { InPlace } from "./in-place.js";

function terminal(size: { columns?: number; rows?: number }) {
  const written: string[] = [];
  return { ...size, written, write: (text: string) => written.push(text) };
}

test("begins where the cursor is and goes back by as many lines as were drawn", () => {
  const screen = terminal({ columns: 80, rows: 24 });
  const place = new InPlace(screen);
  place.draw(["a", "b"]);
  place.draw(["c", "d", "e"]);
  place.draw(["f"]);
  expect(screen.written).toEqual([
    "\ra\x1b[K\n\rb\x1b[K\n\x1b[J",
    "\x1b[2A\rc\x1b[K\n\rd\x1b[K\n\re\x1b[K\n\x1b[J",
    "\x1b[3A\rf\x1b[K\n\x1b[J",
  ]);
});

test("goes back over lines that were ended at the keyboard", () => {
  const screen = terminal({ columns: 80, rows: 24 });
  const place = new InPlace(screen);
  place.lineTyped();
  place.draw(["a", "b"]);
  place.lineTyped();
  place.lineTyped();
  place.draw(["c", "d"]);
  place.draw(["e", "f"]);
  expect(screen.written.map((text) => text.split("\r")[0])).toEqual(["", "\x1b[4A", "\x1b[2A"]);
});

test("draws no more lines than it can go back over", () => {
  const screen = terminal({ columns: 80, rows: 3 });
  const place = new InPlace(screen);
  place.draw(["a", "b", "c", "d"]);
  place.draw(["e"]);
  expect(screen.written[0]).toBe("\ra\x1b[K\n\rb\x1b[K\n\x1b[J");
  expect(screen.written[1]!.startsWith("\x1b[2A")).toBe(true);
});

test("a terminal that became narrower is cleared once, a wider one is not", () => {
  const screen = terminal({ columns: 80, rows: 24 });
  const place = new InPlace(screen);
  place.draw(["a"]);
  for (const columns of [60, 60, 100]) {
    screen.columns = columns;
    place.draw(["a"]);
  }
  expect(screen.written.map((t) => t.includes("\x1b[2J\x1b[H"))).toEqual([false, true, false, false]);
});

test("where the terminal does not know its size, 80 by 24", () => {
  for (const size of [{}, { columns: 0, rows: 0 }]) {
    const screen = terminal(size);
    const place = new InPlace(screen);
    expect(place.columns).toBe(80);
    place.draw(Array.from({ length: 40 }, String));
    expect(screen.written[0]!.split("\n")).toHaveLength(24);
  }
});
