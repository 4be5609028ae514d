import { expect, test } from "vitest";
import { Trace } from "./trace.js";

const latest = (trace: Trace) => Array.from(trace.latest());
const lost = Number.NaN;

test("keeps the newest samples, oldest first, and is empty in front of them", () => {
  const trace = new Trace(4);
  expect(latest(trace)).toEqual([lost, lost, lost, lost]);
  trace.push([1, 2], 2, 1, 0, 0);
  expect(latest(trace)).toEqual([lost, lost, 1, 2]);
  trace.push([3, 4, 5], 3, 1, 0, 2);
  expect(latest(trace)).toEqual([2, 3, 4, 5]);
});

test("takes one channel of interleaved samples", () => {
  const trace = new Trace(3);
  trace.push([1, 10, 100, 2, 20, 200, 3, 30, 300], 3, 3, 1, 0);
  expect(latest(trace)).toEqual([10, 20, 30]);
});

test("samples that were passed over are gaps of their length", () => {
  const trace = new Trace(6);
  trace.push([1, 2], 2, 1, 0, 0);
  trace.push([5, 6], 2, 1, 0, 4);
  expect(latest(trace)).toEqual([1, 2, lost, lost, 5, 6]);
});

test("a gap longer than the trace leaves nothing of before", () => {
  const trace = new Trace(4);
  trace.push([1, 2, 3, 4], 4, 1, 0, 0);
  trace.push([9], 1, 1, 0, 1_000_000_007);
  expect(latest(trace)).toEqual([lost, lost, lost, 9]);
});

test("of a block longer than the trace the end stays", () => {
  const trace = new Trace(3);
  trace.push([1, 2, 3, 4, 5, 6, 7], 7, 1, 0, 0);
  expect(latest(trace)).toEqual([5, 6, 7]);
});
