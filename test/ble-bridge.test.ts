/** The bridge's function in docs/ble-bridge.md: compiled, fed with notifications, and heard by the decoder. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DeviceMessage, findDevice } from "biox-edge";
import { afterAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-ble-bridge-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Three heart rates with a long UUID, and a Polar notification of 510 bytes: 41 samples of 12 bytes, each a count. */
const MAIN = `
#include <stdio.h>
static uint32_t now;
uint32_t clock_us(void) { return now += 1000000; }
void uart_write(const uint8_t *bytes, size_t length) { fwrite(bytes, 1, length, stdout); }
int main(void)
{
    for (uint8_t i = 0; i < 3; i++) {
        const uint8_t value[] = {0, (uint8_t)(70 + i)};
        on_notification("00002a37-0000-1000-8000-00805f9b34fb", value, sizeof value);
    }
    uint8_t ppg[10 + 41 * 12] = {1};
    for (int i = 0; i < 41 * 4; i++) ppg[10 + 3 * i] = (uint8_t)i;
    on_notification("fb005c82-02e7-f387-1cad-8acd2d8df0c8", ppg, sizeof ppg);
    static const uint8_t too_long[513];
    on_notification("2a37", too_long, sizeof too_long);
    return 0;
}
`;

it("sends what the gateway reads", () => {
  const code = /```c\n(.*?)```/s.exec(readFileSync(join(root, "docs/ble-bridge.md"), "utf8"))?.[1];
  const source = join(folder, "bridge.c");
  writeFileSync(source, code + MAIN);
  const library = ["frame.c", "pack.c", "cobs.c", "crc32.c"].map((name) => join(root, "firmware-bridge/src", name));
  const program = join(folder, "bridge");
  const warnings = ["-std=c99", "-Wall", "-Wextra", "-Werror"];
  const include = ["-I", join(root, "firmware-bridge/src")];
  execFileSync("cc", [...warnings, ...include, source, ...library, "-o", program]);

  const decoder = findDevice("ble").createDecoder();
  const heard: [stream: number, n: number, values: number[]][] = [];
  decoder.push(execFileSync(program), (message: DeviceMessage) => {
    if (message.type !== "samples") return;
    const { stream, index, values } = message.block;
    heard.push([stream, index, Array.from(values)]);
  });
  expect(heard.slice(0, 3)).toEqual([0, 1, 2].map((i) => [0, i, [70 + i]]));
  expect(heard[3]).toEqual([4, 0, Array.from({ length: 41 * 4 }, (_, i) => i)]);
  expect(heard).toHaveLength(4);
  expect(decoder.link).toMatchObject({ frames: 4, undescribed: 0, crcErrors: 0, framingErrors: 0 });
});
