const WRITTEN_OUT: Record<string, string> = {
  "\u00b5": "u",
  "\u03bc": "u",
  "\u00b0": "deg",
  "\u03a9": "Ohm",
  "\u2126": "Ohm",
  "\u00b2": "2",
};

/** Printable ASCII, as headers of EDF and WFDB want it: signs of usual units are written out, others become `_`. */
export function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (sign) => WRITTEN_OUT[sign] ?? "_");
}
