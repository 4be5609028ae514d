import { EdfWriter } from "./edf-write.js";
import type { Exporter } from "./export.js";
import type { RecordingSurvey } from "./survey.js";

/** All streams as one EDF+ (16 bits) or BDF+ (24 bits) file. */
export async function exportEdf(survey: RecordingSurvey, path: string, bits: 16 | 24): Promise<Exporter> {
  const writer = await EdfWriter.create(path, survey, bits);
  const streams = [...survey.streams.values()];
  const notes = streams.flatMap(({ descriptor }, s) =>
    descriptor.channels.flatMap(({ name }, c) => {
      const range = writer.ranges[s]![c]!;
      if (range.lossless || range.bits === undefined) return [];
      const finer = bits === 16 ? "; .bdf has 24 bits" : "; .hea has 32 bits";
      return [
        `${name} needs ${range.bits} bits, the file has ${bits}: one step of it is ${range.step} ${range.unit}${finer}`,
      ];
    }),
  );
  return {
    files: [path],
    push: (stream, samples) => writer.push(stream, samples),
    close: () => writer.close(),
    abandon: () => writer.abandon(),
    channel: (stream, channel) => ({ bits, error: writer.errors[stream]![channel]! }),
    notes: () => notes,
  };
}
