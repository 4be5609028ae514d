// Records a link that never rests, until somebody kills it: a frame each millisecond or so, and now and then a marker. Prints the arrival
// of each record that it has handed to the writer. A second argument is a public key to encrypt to.
import { writeSync } from "node:fs";
import { packMap } from "../../dist/devices/biox/messagepack.js";
import { encodeFrame, FrameKind } from "../../dist/framing/index.js";
import { encryptTo } from "../../dist/store/encrypt/encrypt-to.js";
import { RecordingWriter } from "../../dist/stream/recording.js";

const channels = [{ name: "ppg", unit: "adc", scale: 1, offset: 0 }];
const streams = [{ id: 1, name: "pulse", channels, format: "i16", rate: 1000, next: 0 }];
const hello = packMap({ device: "d", firmware: "1", clockHz: 1_000_000, speed: 1, streams });
const now = () => performance.timeOrigin + performance.now();
const started = now();
const header = { device: "biox", options: {}, baud: 115200, port: "p", started };
const [, , path, recipient] = process.argv;
const createFile = recipient && (await encryptTo(recipient));
const writer = await RecordingWriter.create(path, header, () => {}, createFile);
writer.write(encodeFrame({ kind: FrameKind.hello, payload: hello }), started);
let index = 0;
setInterval(() => {
  const arrival = now();
  for (let i = 0; i < 3; i++) {
    writer.write(
      encodeFrame({ kind: FrameKind.samples, stream: 1, count: 1, index, payload: Uint8Array.of(index, 0) }),
      arrival,
    );
    index++;
  }
  if (index % 4 === 0) writer.mark({ at: arrival, name: `at ${index}`, by: "keyboard" });
  writeSync(1, `${arrival}\n`);
}, 1);
