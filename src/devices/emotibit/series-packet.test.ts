import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNumbers, parsePacket } from "./packet.js";
import { SeriesPacket } from "./series-packet.js";

const LINES = ["1048,37,2,PI,1,100,12345,-67.25", "4294967295,65535,1,EA,1,100,0.1234", "9,1,3,AX,1,100,-0.5,0,1.25\r"];

function read(line: string) {
  const packet = new SeriesPacket(["PI", "EA", "AX"]);
  // Behind the line stands what was there before, as in a buffer.
  const bytes = Buffer.from(`${line},7,8,9`, "latin1");
  if (!packet.read(bytes, 0, line.length)) return undefined;
  return { timestamp: packet.timestamp, tag: packet.tag, values: Array.from(packet.values.subarray(0, packet.count)) };
}

function parsed(line: string) {
  const packet = parsePacket(line.trimEnd());
  return packet && { timestamp: packet.timestamp, tag: packet.tag, values: parseNumbers(packet.payload) };
}

describe("SeriesPacket", () => {
  it("reads the packets of its series, and no others", () => {
    for (const line of LINES) {
      expect(read(line), line).toBeDefined();
      expect(read(line)).toEqual(parsed(line));
    }
    expect(read("1048,37,2,PR,1,100,12345,-67.25")).toBeUndefined();
    expect(read("1048,37,3,PI,1,100,12345,-67.25")).toBeUndefined();
    expect(read("1048,37,2,PI,1,100,12345,1234567890")).toBeUndefined();
  });

  it("never reads a damaged line otherwise than the parser", () => {
    const edit = fc.tuple(fc.nat(40), fc.nat(2), fc.constantFrom(..."0123456789.,-+eAPX \r"));
    fc.assert(
      fc.property(fc.constantFrom(...LINES), fc.array(edit, { minLength: 1, maxLength: 3 }), (line, edits) => {
        let text = line;
        for (const [at, removed, added] of edits) text = text.slice(0, at) + added + text.slice(at + removed);
        const found = read(text);
        if (found !== undefined) expect(found, text).toEqual(parsed(text));
      }),
      { numRuns: 3000 },
    );
  });
});
