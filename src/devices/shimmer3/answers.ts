/** Acknowledges a command; its answer, if it has one, follows at once. */
export const ACK = 0xff;
export const Opcode = {
  inquiry: 0x01,
  inquiryAnswer: 0x02,
  start: 0x07,
  stop: 0x20,
  firmware: 0x2e,
  firmwareAnswer: 0x2f,
  expansionPower: 0x5e,
  crc: 0x8b,
} as const;

/** Bytes of an inquiry's answer in front of the channel ids: divider, configuration, number of ids, buffer size. */
const INQUIRY_HEAD = 8;
const IDS_AT = 6;
const FIRMWARE_BYTES = 6;
/** More ids than a Shimmer3 has: an answer with more is none. */
const MOST_IDS = 48;
const FIRMWARES = ["", "BtStream", "SDLog", "LogAndStream"];

export type Answer =
  | { type: "inquiry"; divider: number; config: number; ids: number[] }
  | { type: "firmware"; firmware: string };

/** Bytes of check sum that may stand behind an acknowledgement and behind an answer. */
const SUM_BYTES = 2;

/** Finds answers among bytes that belong to no data packet. */
export class Answers {
  #acknowledged = false;
  #opcode = 0;
  #body: number[] = [];
  /** Bytes from here on that may be a check sum. */
  #sum = 0;

  constructor(private readonly onAnswer: (answer: Answer) => void) {}

  reset(): void {
    this.#acknowledged = false;
    this.#opcode = 0;
    this.#body = [];
    this.#sum = 0;
  }

  /** Tells whether the byte may be one of an answer. */
  take(byte: number): boolean {
    if (this.#opcode === 0) {
      const known = byte === Opcode.inquiryAnswer || byte === Opcode.firmwareAnswer;
      if (this.#acknowledged && known) this.#opcode = byte;
      this.#acknowledged = byte === ACK;
      const sum = this.#sum-- > 0;
      if (this.#acknowledged) this.#sum = SUM_BYTES;
      return this.#acknowledged || this.#opcode !== 0 || sum;
    }
    this.#body.push(byte);
    const body = this.#body;
    if (this.#opcode === Opcode.firmwareAnswer ? body.length < FIRMWARE_BYTES : !isWholeInquiry(body)) return true;
    const answer = this.#opcode === Opcode.firmwareAnswer ? readFirmware(body) : readInquiry(body);
    this.reset();
    this.#sum = SUM_BYTES;
    if (answer !== undefined) this.onAnswer(answer);
    return true;
  }
}

/** Whether nothing more is to be waited for: all ids are there, or their number is none. */
function isWholeInquiry(body: readonly number[]): boolean {
  const ids = body[IDS_AT] ?? 0;
  return ids > MOST_IDS || (body.length >= INQUIRY_HEAD && body.length === INQUIRY_HEAD + ids);
}

function readInquiry(body: readonly number[]): Answer | undefined {
  const [low, high, c0, c1, c2, c3, count] = body as [number, number, number, number, number, number, number];
  const divider = low | (high << 8);
  if (divider === 0 || count === 0 || count > MOST_IDS) return undefined;
  const config = (c0 | (c1 << 8) | (c2 << 16) | (c3 << 24)) >>> 0;
  return { type: "inquiry", divider, config, ids: body.slice(INQUIRY_HEAD) };
}

function readFirmware(body: readonly number[]): Answer {
  const [id, , major, majorHigh, minor, internal] = body as [number, number, number, number, number, number];
  const name = FIRMWARES[id] || `firmware ${id}`;
  return { type: "firmware", firmware: `${name} ${major | (majorHigh << 8)}.${minor}.${internal}` };
}
