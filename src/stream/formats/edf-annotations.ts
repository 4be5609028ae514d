/** Annotations of EDF+: lists that begin with a time, as of https://www.edfplus.info/specs/edfplus.html#tal. */

/** Texts that have one time. */
export interface TimedTexts {
  /** Seconds since the start that the header has. */
  readonly onset: number;
  /** Seconds. */
  readonly duration: number | undefined;
  readonly texts: readonly string[];
}

export interface AnnotationLists {
  readonly lists: readonly TimedTexts[];
  /** Lists that cannot be read. */
  readonly damaged: number;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what the format is made of.
const HEAD = /^([+-]\d{1,12}(?:\.\d*)?)(?:\x15(\d{1,12}(?:\.\d*)?))?\x14/;

/** What stands in the annotations of one data record. */
export function parseAnnotations(room: Buffer): AnnotationLists {
  const lists: TimedTexts[] = [];
  let damaged = 0;
  for (let at = 0; at < room.length; ) {
    const zero = room.indexOf(0, at);
    const end = zero < 0 ? room.length : zero;
    if (end > at) {
      const list = parseList(room.toString("utf8", at, end));
      // Without the zero behind it the list may be cut off.
      if (list && zero >= 0) lists.push(list);
      else damaged++;
    }
    at = end + 1;
  }
  return { lists, damaged };
}

function parseList(text: string): TimedTexts | undefined {
  const [head, onset, duration] = HEAD.exec(text) ?? [];
  if (head === undefined) return undefined;
  const texts = text.slice(head.length).split("\x14");
  // Each text ends with the sign.
  if (texts.pop() !== "") return undefined;
  return {
    onset: Number(onset),
    duration: duration === undefined ? undefined : Number(duration),
    texts: texts.filter((one) => one !== ""),
  };
}

const LOST = /^(?:(lost) \d+ samples?|no samples)(?: of (.+))?$/;

/** What an annotation of ours says about samples that were not measured; undefined for any other. */
export function lossOf(text: string): { lost: boolean; stream: string | undefined } | undefined {
  const match = LOST.exec(text);
  return match ? { lost: match[1] !== undefined, stream: match[2] } : undefined;
}
