import type { SinkContext } from "./context.js";
import type { SinkSettings } from "./settings.js";
import type { Sink } from "./sink.js";

/**
 * Opens a sink. It resolves before the other side is reached: that may take as long as it takes.
 *
 * @throws BioxError FILE_UNWRITABLE when there is no room for a queue
 */
export type OpenSink = () => Promise<Sink>;

/**
 * Loads the library that a sink needs and reads the files that its settings name; nothing is opened yet, so that a sink of the same name
 * may still be at work. What it gives may be called again once the sink is closed.
 *
 * @throws BioxError FILE_UNREADABLE when a password, token or certificate cannot be read
 */
export async function prepareSink(settings: SinkSettings, context: SinkContext): Promise<OpenSink> {
  switch (settings.type) {
    case "mqtt":
      return (await import("./mqtt/sink.js")).MqttSink.prepare(settings, context);
    case "influx":
      return (await import("./influx/sink.js")).InfluxSink.prepare(settings, context);
    case "csv": {
      const { CsvSink } = await import("./csv/sink.js");
      return async () => new CsvSink(settings, context);
    }
  }
}

/** Prepares a sink and opens it. @throws BioxError FILE_UNREADABLE, FILE_UNWRITABLE */
export async function createSink(settings: SinkSettings, context: SinkContext): Promise<Sink> {
  const open = await prepareSink(settings, context);
  return open();
}
