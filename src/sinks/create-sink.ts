import type { SinkContext } from "./context.js";
import type { SinkSettings } from "./settings.js";
import type { Sink } from "./sink.js";

/**
 * Opens a sink, with the library that it needs. It resolves before the other side is reached: that may take as long as it takes.
 *
 * @throws BioxError FILE_UNREADABLE when a password, token or certificate cannot be read, FILE_UNWRITABLE when there is no room for a queue
 */
export async function createSink(settings: SinkSettings, context: SinkContext): Promise<Sink> {
  switch (settings.type) {
    case "mqtt":
      return (await import("./mqtt/sink.js")).MqttSink.open(settings, context);
    case "influx":
      return (await import("./influx/sink.js")).InfluxSink.open(settings, context);
    case "csv":
      return new (await import("./csv/sink.js")).CsvSink(settings, context);
  }
}
