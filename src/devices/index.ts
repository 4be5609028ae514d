export { DEVICES, findDevice } from "./registry.js";
export type {
  ChannelDescriptor,
  DeviceDecoder,
  DeviceDescriptor,
  DeviceMessage,
  LinkStats,
  SampleBlock,
  StreamDescriptor,
  StreamEnd,
} from "./types.js";
