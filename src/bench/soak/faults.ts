import type { Broker } from "./broker.js";
import type { GatewayProcess, LogLine } from "./gateway-process.js";
import type { SoakWearable } from "./wearable.js";

/** What may be done to a gateway, and how often in comparison. */
export const FAULT_KINDS = ["unplug", "unplug", "garbage", "garbage", "damage", "broker", "engine"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const LONGEST_AWAY_MS = 8000;
const MOST_GARBAGE_BYTES = 200_000;
const MOST_DAMAGED_FRAMES = 20;
/** After this a fault that shows nowhere will not do so any more: seconds of back-off, and a log line a minute, are behind it. */
const SHOWS_WITHIN_MS = 75_000;

/** A fault that was injected, and where it showed. */
export interface Fault {
  readonly kind: FaultKind;
  /** Epoch ms. */
  readonly at: number;
  /** Number of the wearer that it was done to. */
  readonly wearer: number | undefined;
  inMetrics: boolean;
  inLog: boolean;
  /** Whether all is again as it was. */
  recovered: boolean;
}

export interface Stage {
  readonly gateway: GatewayProcess;
  readonly broker: Broker;
  readonly wearables: readonly SoakWearable[];
  nameOf(wearer: number): string;
  random(): number;
}

/** Does one thing at random, waits until it is over, and looks where it shows. Wearers under another fault are left alone. */
export async function inject(
  stage: Stage,
  kinds: readonly FaultKind[],
  taken: Set<number>,
): Promise<Fault | undefined> {
  const { gateway, random, wearables } = stage;
  const kind = kinds[Math.floor(random() * kinds.length)]!;
  const one = kind === "broker" || kind === "engine" ? undefined : Math.floor(random() * wearables.length);
  const key = one ?? (kind === "broker" ? -1 : -2);
  if (taken.has(key)) return undefined;
  taken.add(key);
  const fault: Fault = { kind, at: Date.now(), wearer: one, inMetrics: false, inLog: false, recovered: false };
  try {
    const before = await counter(stage, fault);
    await act(stage, fault);
    const until = Date.now() + SHOWS_WITHIN_MS;
    // What has not recovered could not be hit by a second fault of the kind.
    while (!(fault.inMetrics && fault.inLog && fault.recovered) && Date.now() < until && !gateway.ended) {
      fault.inMetrics ||= (await counter(stage, fault)) > before;
      fault.recovered = await isWell(stage, fault);
      fault.inLog ||= gateway.log.some((line) => line.time >= fault.at && tells(line, stage, fault));
      await sleep(250);
    }
  } finally {
    taken.delete(key);
  }
  return fault;
}

async function act({ wearables, broker, gateway, random }: Stage, { kind, wearer }: Fault): Promise<void> {
  const wearable = wearables[wearer ?? 0]!;
  if (kind === "unplug") {
    await wearable.unplug();
    await sleep(500 + random() * LONGEST_AWAY_MS);
    await wearable.plugIn();
  } else if (kind === "garbage") wearable.garbage(1000 + random() * MOST_GARBAGE_BYTES, random);
  else if (kind === "damage") wearable.damageFrames(1 + Math.floor(random() * MOST_DAMAGED_FRAMES));
  else if (kind === "broker") {
    await broker.stop();
    await sleep(500 + random() * LONGEST_AWAY_MS);
    await broker.start();
  } else gateway.crashEngine();
}

/** A number that grows when the fault is counted. */
async function counter({ gateway, nameOf }: Stage, { kind, wearer }: Fault): Promise<number> {
  const metrics = await gateway.metrics();
  // A changed byte may be one of those that say where the next zero is: then the frame has no end.
  const badFrames = ["biox_link_framing_errors_total", "biox_link_oversize_frames_total", "biox_link_crc_errors_total"];
  const names: Record<FaultKind, readonly string[]> = {
    unplug: ["biox_link_reconnects_total", "biox_source_reopened_total"],
    garbage: badFrames,
    damage: badFrames,
    broker: ["biox_sink_interruptions_total"],
    engine: ["biox_bundle_failures_total"],
  };
  const label = wearer === undefined ? "" : `wearer="${nameOf(wearer)}"`;
  let sum = 0;
  for (const [key, value] of metrics)
    if (names[kind].some((name) => key.startsWith(`${name}{`) || key === name) && key.includes(label)) sum += value;
  return sum;
}

/** Whether what was hit is in order. */
async function isWell({ gateway, nameOf }: Stage, { kind, wearer }: Fault): Promise<boolean> {
  const metrics = [...(await gateway.metrics())];
  const name = { broker: "biox_sink_open", engine: "biox_bundle_usable" }[kind as string] ?? "biox_wearer_state";
  const label = wearer === undefined ? "" : `wearer="${nameOf(wearer)}",state="open"`;
  return metrics.some(([key, value]) => key.startsWith(`${name}{`) && key.includes(label) && value === 1);
}

function tells(line: LogLine, { nameOf }: Stage, { kind, wearer }: Fault): boolean {
  if (wearer !== undefined && line.wearer !== nameOf(wearer)) return false;
  if (kind === "unplug") return line.state !== undefined && line.state !== "open";
  if (kind === "engine") return line.bundle !== undefined && /engine/.test(line.msg);
  if (kind === "broker") return line.sink !== undefined;
  return line.badFrames !== undefined;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
