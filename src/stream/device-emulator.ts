import { seededUniform } from "../devices/synthetic/random.js";
import type { DeviceDescriptor, DeviceEmulator, DeviceOptions, EmulatedSignal } from "../devices/types.js";
import { BioxError } from "../errors.js";
import type { Emulator, SentReport } from "./emulator.js";
import { Relay } from "./relay.js";

/** How an emulated device is played. */
export interface DeviceEmulatorOptions {
  /** Options of the device. */
  options?: DeviceOptions;
  signal: EmulatedSignal;
  /** Device seconds per second, default 1. */
  speed?: number;
  /** Device seconds from the first sample to the end; without it the device goes on. */
  duration?: number;
  /** Share of frames that are damaged on the wire, and that are never sent. A frame is what comes within half a millisecond. */
  corrupt?: number;
  drop?: number;
  seed?: number;
  /** A symbolic link to the terminal, for a path that stays the same. */
  link?: string;
  /** Device seconds after which it boots silently behind its adapter: the terminal stays, all else begins anew. */
  reboot?: number;
  /** Device time stands still while nobody has the terminal open: nothing of a playback is lost. */
  pause?: boolean;
}

/** Device time of one step, ms: short enough that the frames of most devices come one by one. */
const STEP_MS = 0.5;
/** Real ms between two looks at the clock. */
const TICK_MS = 10;

/**
 * Plays a device behind a pseudo-terminal, which is switched on when a reader opens the terminal for the first time.
 *
 * @throws BioxError EMULATOR_FAILED, or INVALID_ARGUMENT for options of the device
 */
export async function startDeviceEmulator(device: DeviceDescriptor, options: DeviceEmulatorOptions): Promise<Emulator> {
  if (!device.createEmulator)
    throw new BioxError("EMULATOR_FAILED", `There is no emulated device '${device.id}'.`, "See 'biox devices'.");
  const player = new Player(device, options);
  const relay = await Relay.start(options.link, player);
  player.play(relay);
  const sent = relay.exited.then(() => player.finish());
  return { path: relay.path, sent, stop: () => relay.stop() };
}

/** Brings an emulated device, real time and the terminal together, and keeps account. */
class Player {
  private device: DeviceEmulator;
  private readonly random: () => number;
  private relay: Relay | undefined;
  private timer: NodeJS.Timeout | undefined;
  private present = false;
  private blocked = false;
  private started = false;
  /** Device ms that have been played. */
  private played = 0;
  /** Real ms at device time 0. */
  private epoch = 0;
  private pausedAt = 0;
  /** Device ms, a multiple of the step. */
  private readonly rebootAt: number;
  /** Device ms at which the last sample is due, once there has been a first one. */
  private end = Number.POSITIVE_INFINITY;
  /** Samples that the device has asked its signal for in this step. */
  private fresh = 0;
  private readonly asked = new Map<number, number>();
  private readonly account: SentReport = {
    type: "sent",
    frames: 0,
    samples: 0,
    corrupted: 0,
    dropped: 0,
    lostSamples: 0,
    unread: 0,
  };

  constructor(
    private readonly descriptor: DeviceDescriptor,
    private readonly options: DeviceEmulatorOptions,
  ) {
    this.random = seededUniform(options.seed ?? 1);
    const { reboot = Number.POSITIVE_INFINITY } = options;
    this.rebootAt = Math.ceil((reboot * 1000) / STEP_MS) * STEP_MS;
    this.device = this.switchOn();
  }

  private switchOn(): DeviceEmulator {
    const { signal, options } = this.options;
    this.asked.clear();
    return this.descriptor.createEmulator!((stream, channel, n) => {
      const next = this.asked.get(stream) ?? 0;
      if (n >= next) {
        this.fresh += n + 1 - next;
        this.asked.set(stream, n + 1);
      }
      return signal(stream, channel, n);
    }, options);
  }

  play(relay: Relay): void {
    this.relay = relay;
    if (this.present) this.opened();
  }

  finish(): SentReport {
    clearInterval(this.timer);
    return this.account;
  }

  opened(): void {
    this.present = true;
    if (!this.relay) return;
    if (!this.started) {
      this.started = true;
      this.epoch = performance.now();
      this.send(this.device.boot());
      this.timer = setInterval(() => this.advance(), TICK_MS);
    } else if (this.options.pause) this.epoch += performance.now() - this.pausedAt;
  }

  closed(): void {
    if (this.options.pause) this.advance();
    this.present = false;
    this.pausedAt = performance.now();
  }

  bytes(bytes: Uint8Array): void {
    this.advance();
    this.send(this.device.receive(bytes));
  }

  /** Plays the device up to now, unless the reader has yet to take what there is. */
  private advance(): void {
    if (!this.started || (this.options.pause && !this.present)) return;
    const { speed = 1, duration = Number.POSITIVE_INFINITY } = this.options;
    const now = (performance.now() - this.epoch) * speed;
    while (this.played + STEP_MS <= Math.min(now, this.end) && !this.blocked) {
      if (this.played === this.rebootAt) this.reboot();
      this.fresh = 0;
      const frame = this.device.advance(STEP_MS);
      if (this.fresh > 0 && this.end === Number.POSITIVE_INFINITY) this.end = this.played + duration * 1000;
      this.played += STEP_MS;
      this.transmit(frame);
    }
    if (this.played + STEP_MS <= this.end) return;
    clearInterval(this.timer);
    this.relay?.end();
  }

  private reboot(): void {
    this.device = this.switchOn();
    this.send(this.device.boot());
  }

  /** Sends one frame over a wire with the faults that were asked for. */
  private transmit(frame: Uint8Array): void {
    if (!this.present) {
      this.account.unread += this.fresh;
      return;
    }
    this.account.samples += this.fresh;
    if (frame.length === 0) return;
    const { corrupt = 0, drop = 0 } = this.options;
    this.account.frames++;
    const dropped = this.random() < drop;
    const corrupted = this.random() < corrupt;
    if (dropped || corrupted) this.account.lostSamples += this.fresh;
    if (dropped) {
      this.account.dropped++;
      return;
    }
    if (corrupted) {
      this.account.corrupted++;
      const at = Math.floor(this.random() * frame.length);
      this.send(frame.with(at, frame[at]! ^ (1 + Math.floor(this.random() * 255))));
    } else this.send(frame);
  }

  private send(bytes: Uint8Array): void {
    if (!this.present || this.relay!.write(bytes)) return;
    this.blocked = true;
    this.relay!.drained(() => {
      this.blocked = false;
    });
  }
}
