export { DEVICES, findDevice } from "./registry.js";
export type {
  ChannelDescriptor,
  DeviceCommands,
  DeviceDecoder,
  DeviceDescriptor,
  DeviceEmulator,
  DeviceMessage,
  DeviceOption,
  DeviceOptions,
  EmulatedSignal,
  LinkStats,
  SampleBlock,
  SerialSettings,
  StreamDescriptor,
  StreamEnd,
} from "./types.js";
