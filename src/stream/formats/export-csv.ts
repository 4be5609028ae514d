import { writeFile } from "node:fs/promises";
import { unwritable } from "../../paths.js";
import type { Exporter } from "./export.js";
import { encodeMarkers, markerPath } from "./marker-csv.js";
import { SampleCsv } from "./sample-csv.js";
import { streamPaths } from "./stream-path.js";
import type { RecordingSurvey } from "./survey.js";

/** Each stream as a CSV file; markers, where there are any, in one of their own beside them. */
export async function exportCsv(survey: RecordingSurvey, path: string): Promise<Exporter> {
  const streams = [...survey.streams.values()];
  const paths = streamPaths(
    path,
    streams.map(({ descriptor }) => descriptor),
  );
  const markers = streams[0]!.markers.map(({ marker }) => marker);
  const table = markerPath(path);
  const writers: SampleCsv[] = [];
  for (const [s, { descriptor }] of streams.entries())
    writers.push(
      await SampleCsv.create(
        paths[s]!,
        descriptor.channels.map(({ name }) => name),
      ),
    );
  return {
    files: markers.length > 0 ? [...paths, table] : paths,
    push: (stream, samples) => writers[stream]!.push(samples),
    close: async () => {
      for (const [s, writer] of writers.entries()) {
        const { samples, timing, descriptor } = streams[s]!;
        await writer.close(samples, 1000 / (timing?.rate ?? descriptor.rate));
      }
      if (markers.length === 0) return;
      await writeFile(table, encodeMarkers(markers), { flag: "wx" }).catch((cause) => {
        throw unwritable(table, cause);
      });
    },
    abandon: async () => {
      for (const writer of writers) await writer.close().catch(() => {});
    },
    channel: () => ({ error: 0 }),
    notes: () => [],
  };
}
