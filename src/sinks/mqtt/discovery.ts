import type { Topics } from "./topics.js";

/** Topic at which Home Assistant learns of a wearer: the prefix of its discovery, and one device. */
export function discoveryTopic(prefix: string, gateway: string, wearer: string): string {
  return `${prefix}/device/biox_${gateway}_${wearer}/config`;
}

/** A wearer as a device of Home Assistant, in the form of its MQTT device discovery (since 2024.12). */
export function discoveryPayload(gateway: string, wearer: string, topics: Topics): object {
  const id = `biox_${gateway}_${wearer}`;
  const from = (type: "prediction" | "quality" | "link", value: string) => ({
    state_topic: topics.of(wearer, type),
    value_template: `{{ ${value} }}`,
  });
  return {
    device: { identifiers: [id], name: `${gateway} ${wearer}`, manufacturer: "biox-edge", model: "Wearer" },
    origin: { name: "biox-edge" },
    availability: [{ topic: topics.status, value_template: "{{ value_json.state }}" }],
    components: {
      [`${id}_label`]: {
        platform: "sensor",
        unique_id: `${id}_label`,
        name: "Label",
        icon: "mdi:label",
        json_attributes_topic: topics.of(wearer, "prediction"),
        json_attributes_template: "{{ {'bundle': value_json.bundle, 'probability': value_json.probs | max} | tojson }}",
        ...from("prediction", "value_json.label"),
      },
      [`${id}_pulse`]: {
        platform: "sensor",
        unique_id: `${id}_pulse`,
        name: "Pulse rate",
        icon: "mdi:heart-pulse",
        unit_of_measurement: "bpm",
        state_class: "measurement",
        ...from("prediction", "value_json.pulseRate | round(0) if value_json.pulseRate is not none else None"),
      },
      [`${id}_quality`]: {
        platform: "sensor",
        unique_id: `${id}_quality`,
        name: "Signal quality",
        icon: "mdi:signal",
        unit_of_measurement: "%",
        state_class: "measurement",
        ...from("prediction", "(value_json.quality * 100) | round(0)"),
      },
      [`${id}_link`]: {
        platform: "binary_sensor",
        unique_id: `${id}_link`,
        name: "Wearable",
        device_class: "connectivity",
        ...from("link", "'ON' if value_json.state == 'open' else 'OFF'"),
      },
    },
    qos: 1,
  };
}
