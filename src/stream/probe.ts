import { setTimeout as sleep } from "node:timers/promises";
import type { SerialPort } from "serialport";
import { DEVICES } from "../devices/registry.js";
import type { DeviceDescriptor, DeviceOptions, SerialSettings } from "../devices/types.js";
import { Dialogue } from "./dialogue.js";
import { listPorts } from "./ports.js";
import { Candidate, type MeasuredStream } from "./probe-candidate.js";
import { closePort, openPort } from "./serial-port.js";

/** What answers, or sends by itself, at a port. */
export interface ProbeFinding extends SerialSettings {
  device: string;
  options: DeviceOptions;
  /** What the device calls itself. */
  name: string;
  firmware: string;
  /** How well it explains what was heard, 0 to 1. */
  confidence: number;
  streams: MeasuredStream[];
}

export interface ProbeReport {
  port: string;
  /** Best first; empty where nothing that was heard is a device. */
  findings: ProbeFinding[];
  /** Bytes that came, at all speeds together. */
  bytes: number;
}

export interface ProbeOptions {
  /** Seconds of listening at each speed, and after each question. Default 2. */
  seconds?: number;
  /** Send nothing: only devices that stream by themselves are found. */
  passive?: boolean;
  signal?: AbortSignal;
  /** Told what is being tried. */
  onStep?: (text: string) => void;
}

/** A finding this good ends the search. */
const CERTAIN = 0.9;
/** Below this, what was found is chance. */
const LEAST = 0.35;
const SHORTEST_MS = 1000;
const POLL_MS = 50;
/** What a device still sends after it was stopped is over by then. */
const SETTLE_MS = 100;
/** Its commands of one byte mean something else to others: its question starts a Shimmer. */
const ASKED_LAST: ReadonlySet<string> = new Set(["bitalino"]);

interface Group {
  serial: SerialSettings;
  candidates: { device: DeviceDescriptor; options: DeviceOptions }[];
}

/**
 * Finds out which device is at a port. It listens at the speed of each known device, those behind the port's USB chip first, while the
 * decoders of all devices of that speed take the same bytes; then it asks or starts those that do not send by themselves.
 *
 * @throws BioxError PORT_*
 */
export async function probePort(path: string, options: ProbeOptions = {}): Promise<ProbeReport> {
  const { seconds = 2, passive = false, signal, onStep = () => {} } = options;
  const groups = groupsOf(await likely(path));
  const report: ProbeReport = { port: path, findings: [], bytes: 0 };
  const found = (candidates: readonly Candidate[], serial: SerialSettings): boolean => {
    for (const candidate of candidates) {
      const finding = findingOf(candidate, serial);
      if (finding.confidence >= LEAST) report.findings.push(finding);
    }
    // Sorting keeps the order of equals, in which the more particular come first.
    report.findings.sort((a, b) => b.confidence - a.confidence);
    return (report.findings[0]?.confidence ?? 0) >= CERTAIN;
  };
  for (const { serial, candidates } of groups) {
    if (signal?.aborted) return report;
    onStep(`listening at ${speed(serial)}`);
    const listeners = candidates.map(({ device, options: own }) => new Candidate(device, own));
    await withPort(path, serial, async (port) => {
      report.bytes += await listen(port, listeners, seconds, signal);
    });
    if (found(listeners, serial)) return report;
  }
  if (passive) return report;
  for (const { serial, candidates } of groups) {
    const silent = candidates
      .filter(({ device, options: own }) => device.commands(own).hello ?? device.commands(own).start)
      .filter(({ device }) => !report.findings.some((finding) => finding.device === device.id))
      .sort((a, b) => Number(ASKED_LAST.has(a.device.id)) - Number(ASKED_LAST.has(b.device.id)));
    if (signal?.aborted) return report;
    if (silent.length === 0) continue;
    // One opening for all: many boards start anew whenever their port is opened.
    const done = await withPort(path, serial, async (port) => {
      for (const { device, options: own } of silent) {
        onStep(`asking for ${device.id} at ${speed(serial)}`);
        const asked = new Candidate(device, own);
        report.bytes += await ask(port, asked, seconds, signal);
        if (found([asked], serial) || signal?.aborted) return true;
      }
      return false;
    });
    if (done) return report;
  }
  return report;
}

function speed({ baud, parity }: SerialSettings): string {
  return `${baud} baud${parity === "none" ? "" : `, ${parity} parity`}`;
}

/** All devices, those first that are known to be behind the USB chip of the port. */
async function likely(path: string): Promise<DeviceDescriptor[]> {
  const port = (await listPorts()).find((entry) => entry.path === path || entry.byId === path);
  const behind = (device: DeviceDescriptor): boolean => port?.devices.includes(device.id) ?? false;
  // Plain text explains any text, so it comes behind those that are made of particular lines or frames.
  const rank = (device: DeviceDescriptor): number => (behind(device) ? 0 : 2) + (device.id === "ascii" ? 1 : 0);
  return [...DEVICES].sort((a, b) => rank(a) - rank(b));
}

function groupsOf(devices: readonly DeviceDescriptor[]): Group[] {
  const groups = new Map<string, Group>();
  for (const device of devices) {
    const key = speed(device.serial);
    const group = groups.get(key) ?? { serial: device.serial, candidates: [] };
    groups.set(key, group);
    for (const options of device.variants ?? [{}]) group.candidates.push({ device, options });
  }
  return [...groups.values()];
}

async function withPort<T>(path: string, serial: SerialSettings, use: (port: SerialPort) => Promise<T>): Promise<T> {
  const port = await openPort(path, serial);
  port.on("error", () => {
    // Every error of an open port is followed by its close event: nothing more is heard then.
  });
  try {
    return await use(port);
  } finally {
    await closePort(port);
  }
}

/** Has all candidates listen, until one of them is certain or for so long after the last news; gives the number of bytes. */
async function listen(
  port: SerialPort,
  candidates: readonly Candidate[],
  seconds: number,
  signal: AbortSignal | undefined,
  onDescribed: () => void = () => {},
): Promise<number> {
  let bytes = 0;
  let described = 0;
  let begin = performance.now();
  const take = (chunk: Buffer): void => {
    bytes += chunk.length;
    const at = performance.now();
    for (const candidate of candidates) candidate.push(chunk, at);
    const now = candidates.filter((candidate) => candidate.described).length;
    if (now === described) return;
    described = now;
    begin = at;
    onDescribed();
  };
  port.on("data", take);
  for (;;) {
    const passed = performance.now() - begin;
    const certain = passed >= Math.min(SHORTEST_MS, seconds * 500) && candidates.some((c) => c.confidence >= CERTAIN);
    if (certain || passed >= seconds * 1000 || signal?.aborted || !port.isOpen) break;
    await sleep(POLL_MS);
  }
  port.off("data", take);
  return bytes;
}

/** Asks and starts one device as a session would, listens, and stops it again. */
async function ask(
  port: SerialPort,
  candidate: Candidate,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const commands = candidate.device.commands(candidate.options);
  const write = (bytes: Uint8Array): void => {
    if (port.isOpen) port.write(bytes);
  };
  const dialogue = new Dialogue(commands, write);
  dialogue.begin();
  try {
    return await listen(port, [candidate], seconds, signal, () => dialogue.hello());
  } finally {
    dialogue.end();
    if (commands.stop) write(commands.stop);
    await sleep(SETTLE_MS);
  }
}

function findingOf(candidate: Candidate, { baud, parity }: SerialSettings): ProbeFinding {
  const { device, options, name, firmware, confidence, measured } = candidate;
  return { device: device.id, options, baud, parity, name, firmware, confidence, streams: measured };
}
