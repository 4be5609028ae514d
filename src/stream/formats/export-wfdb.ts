import type { Exporter } from "./export.js";
import { streamPaths } from "./stream-path.js";
import type { RecordingSurvey } from "./survey.js";
import { WfdbWriter } from "./wfdb-write.js";

/** Each stream as a WFDB record. */
export async function exportWfdb(survey: RecordingSurvey, path: string): Promise<Exporter> {
  const streams = [...survey.streams.values()];
  const paths = streamPaths(
    path,
    streams.map(({ descriptor }) => descriptor),
  );
  const writers: WfdbWriter[] = [];
  const abandon = async (): Promise<void> => {
    for (const writer of writers) await writer.abandon();
  };
  for (const [s, stream] of streams.entries()) writers.push(await WfdbWriter.create(paths[s]!, stream));
  return {
    files: writers.flatMap((writer) => writer.files),
    push: (stream, samples) => writers[stream]!.push(samples),
    close: async () => {
      for (const writer of writers) await writer.close();
    },
    abandon,
    channel: (stream, channel) => ({ bits: writers[stream]!.bits, error: writers[stream]!.errors[channel]! }),
    notes: () => [],
  };
}
