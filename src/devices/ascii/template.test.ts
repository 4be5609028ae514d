import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLine } from "./parse.js";
import { LineTemplate } from "./template.js";

function matched(template: LineTemplate, text: string) {
  // Amid other bytes, as in a chunk.
  const bytes = Buffer.from(`7${text}7`, "latin1");
  return template.match(bytes, 1, bytes.length - 1);
}

function taught(text: string): LineTemplate {
  const template = new LineTemplate();
  const line = parseLine(text, "auto");
  if (line) template.learn(text, line);
  return template;
}

/** A text around numbers; % stands for each. */
const FORMS = [
  "%",
  "%,%,%",
  "%\t%",
  "% %  %",
  "red=%, ir=%",
  " R[%] IR[%] G[%]",
  "BPM: %",
  "BPM %",
  "ch1:%,ch2:%",
  "x % y=%",
  "IR=%, BPM=%, No finger?",
  '{"signal":%,"bpm": %}',
  '{"a":{"b":%},"c":true}',
  '{"b":%,"1":%}',
  '{"a %":true}',
  '{"a":%,"a":%}',
  "PSWS,1,LIVE,%,%,%,%,%,%,%,OK",
  "S%",
  "%.%",
  "%;%,%",
];
const NUMBERS = [
  "0",
  "-0",
  "7",
  "-12",
  "512.25",
  "0.1",
  "-3.0625",
  "007",
  "+5",
  ".5",
  "5.",
  "1e3",
  "nan",
  "ovf",
  "",
  "-",
  "--1",
];
const number = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.integer().map(String),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value.toFixed(4)),
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
);

describe("LineTemplate", () => {
  it("reads lines that differ only in their numbers as the parser does, from its bytes", () => {
    const pairs = [
      ["512", "-7.25"],
      ["1,2,3", "40000,-5,0.125"],
      ["red=1, ir=2", "red=123456, ir=-0.5"],
      [" R[1] IR[2] G[3]", " R[52] IR[61] G[7]"],
      ["ch1:1,ch2:2", "ch1:10,ch2:20.5"],
      ['{"signal":512,"bpm":72}', '{"signal":-3.5,"bpm":80}'],
      ["IR=5, BPM=60.0, No finger?", "IR=70000, BPM=61.5, No finger?"],
    ] as const;
    for (const [one, other] of pairs) {
      const found = matched(taught(one), other);
      expect(found, other).toBeDefined();
      expect(found).toEqual(parseLine(other, "auto"));
    }
  });

  it("never reads a line otherwise than the parser", () => {
    const line = fc.constantFrom(...FORMS).chain((form) => {
      const count = form.split("%").length - 1;
      const filled = fc.array(number, { minLength: count, maxLength: count }).map((numbers) => {
        let i = 0;
        return form.replace(/%/g, () => numbers[i++]!);
      });
      return fc.tuple(filled, filled);
    });
    fc.assert(
      fc.property(line, ([one, other]) => {
        const found = matched(taught(one), other);
        if (found !== undefined) expect(found).toEqual(parseLine(other, "auto"));
      }),
      { numRuns: 5000 },
    );
  });

  it("learns another kind of print that stays, and not each that comes by", () => {
    const template = new LineTemplate();
    const say = (text: string): boolean => {
      const known = matched(template, text) !== undefined;
      if (!known) template.learn(text, parseLine(text, "auto")!);
      return known;
    };
    for (let i = 0; i < 20; i++) say(`kind${i}=${i}`);
    // Of twenty kinds the last one learnt was the sixteenth.
    expect(say("kind19=5")).toBe(false);
    expect(say("kind15=5")).toBe(true);
    const stays = Array.from({ length: 5 }, (_, i) => say(`b=${i},c=2`));
    expect(stays).toEqual([false, true, true, true, true]);
  });
});
