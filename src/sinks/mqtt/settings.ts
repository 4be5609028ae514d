import * as v from "valibot";
import { queueSettings } from "../../store/queue/settings.js";
import { sinkName } from "../sink-name.js";

const expectedUrl = "a URL such as 'mqtt://broker:1883' or 'mqtts://broker:8883', without user and password";

function isBroker(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return ["mqtt:", "mqtts:", "ws:", "wss:"].includes(protocol) && hostname !== "" && username + password === "";
}

const path = (means: string) => v.optional(v.pipe(v.string("a path"), v.minLength(1, "a path"), v.description(means)));
const whole = (least: number, most: number, means: string) => {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
    v.description(means),
  );
};
const levels = (expected: string, means: string) =>
  v.pipe(v.string(expected), v.regex(/^[^\s+#/$][^\s+#/]*(\/[^\s+#/]+)*$/, expected), v.description(means));

/** Messages to a broker of MQTT 5. */
export const mqttSettings = v.strictObject({
  type: v.literal("mqtt"),
  name: sinkName("mqtt"),
  url: v.pipe(
    v.string(expectedUrl),
    v.check(isBroker, expectedUrl),
    v.description("The broker: mqtt, mqtts, ws or wss."),
  ),
  user: v.optional(
    v.pipe(v.string("a name"), v.minLength(1, "a name"), v.description("Who the gateway is to the broker.")),
  ),
  passwordFile: path("File whose first line is the user's password."),
  ca: path("File with the certificates that the broker's must come from (PEM); those of Node unless given."),
  certificate: path("File with the gateway's own certificate (PEM), where the broker asks for one."),
  key: path("File with its key (PEM)."),
  clientId: v.optional(
    v.pipe(
      v.string("a text"),
      v.regex(/^[\x21-\x7e]{1,128}$/, "1 to 128 printable characters without spaces"),
      v.description("Client id, `biox-GATEWAY-NAME` unless given. No two clients of a broker may have the same."),
    ),
  ),
  topic: v.optional(levels("levels of a topic, such as 'biox'", "First levels of all topics."), "biox"),
  qos: v.optional(
    v.pipe(
      v.picklist([1, 2], "1 or 2"),
      v.description(
        "Quality of service. With 2 a message comes once even to who does not look at ids, while the session lasts.",
      ),
    ),
    1,
  ),
  retain: v.optional(
    v.pipe(
      v.boolean("true or false"),
      v.description("Whether the broker keeps the newest prediction, quality and link of each wearer."),
    ),
    true,
  ),
  keepAlive: v.optional(
    whole(
      5,
      3600,
      "Seconds after which a silent connection is asked; it is given up after one and a half times as long.",
    ),
    30,
  ),
  sessionExpiry: v.optional(
    whole(0, 604_800, "Seconds for which the broker keeps the session of a lost connection."),
    3600,
  ),
  inFlight: v.optional(whole(1, 1000, "Messages on the way at most; fewer where the broker wants that."), 20),
  homeAssistant: v.optional(
    v.pipe(
      v.strictObject({
        prefix: v.optional(
          levels("levels of a topic, such as 'homeassistant'", "First levels of the topics of discovery."),
          "homeassistant",
        ),
      }),
      v.description("Announces each wearer to Home Assistant (2024.12 or newer) as a device."),
    ),
  ),
  queue: v.optional(v.pipe(queueSettings, v.description("What may wait while the broker is away.")), {}),
});

export type MqttSettings = v.InferOutput<typeof mqttSettings>;
