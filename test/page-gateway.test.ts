/** The live page of a gateway as it is: what its devices tell and what is marked on the page go all the way. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecording } from "biox-edge";
import { Gateway, recordInto, type WearerSettings } from "biox-edge/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { encodeNotification } from "../src/devices/ble/emulator.js";
import { chromiumPath } from "./support/chromium.js";
import { FakeDevice, SOCAT } from "./support/fake-device.js";
import { LivePage } from "./support/live-page.js";

const [HEART_RATE, BATTERY] = ["2a37", "2a19"];

describe.runIf(chromiumPath && SOCAT)("the live page", () => {
  const folder = mkdtempSync(join(tmpdir(), "biox-page-gateway-"));
  const recordings = join(folder, "recordings");
  let device: FakeDevice;
  let live: LivePage<Gateway>;
  let voice: NodeJS.Timeout;

  beforeAll(async () => {
    const tiny = join(folder, "tiny");
    await buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 });
    device = await FakeDevice.plugIn(folder, "strap");
    let said = 0;
    const say = (uuid: string, ...value: number[]): void => {
      device.send(encodeNotification(said, Math.round(performance.now() * 1000), uuid, Uint8Array.from(value)));
      said++;
    };
    voice = setInterval(() => {
      say(HEART_RATE!, 0, 71);
      say(BATTERY!, 12);
    }, 200);
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const wearer = (id: string, source: string, change: Partial<WearerSettings>): WearerSettings => ({
      ...{ id, source, bundles: [], record: false, silence: 60 },
      ...change,
    });
    const gateway = new Gateway(
      {
        gateway: "ward-3",
        data: folder,
        bundles: { tiny: { path: tiny, threads: 1 } },
        wearers: [
          wearer("w01", "sim:?hr=72", { bundles: ["tiny"], record: true }),
          wearer("w02", `serial:${device.path}?device=ble`, {}),
        ],
        log: { level: "info" },
      },
      { log, record: recordInto({ folder: recordings, fileMs: 600_000 }, log) },
    );
    live = await LivePage.of(gateway);
  });
  afterAll(async () => {
    clearInterval(voice);
    await live?.stop();
    await live?.gateway.close();
    await device?.unplug();
    rmSync(folder, { recursive: true });
  });

  it("shows the charge that a wearable tells, and says where it is low", async () => {
    const page = await live.open();
    await page.getByRole("row", { name: "w02" }).getByText("12 %, low").waitFor();
    expect(await page.getByRole("row", { name: "w01" }).locator('[data-name="Battery"]').innerText()).toBe("–");
    await page.getByRole("link", { name: "w02" }).click();
    const tile = page.locator(".tile", { hasText: "Battery" });
    await tile.getByText("12 %", { exact: true }).waitFor();
    expect(await tile.locator(".remark").innerText()).toBe("low");
  });

  it("has what is marked by button and key in its list, and in the recording", async () => {
    const page = await live.open("#/wearer/w01");
    await page.getByText(/recorded to .*\.bioxrec/).waitFor();
    await page.getByLabel("Name of the marker").fill("cough");
    await page.getByRole("button", { name: "Mark" }).click();
    const list = page.getByRole("region", { name: "Markers" });
    await list.getByText("cough by local").waitFor();
    await page.getByLabel("Name of the marker").fill("stairs");
    await page.getByRole("heading", { name: "w01" }).click();
    await page.keyboard.press("m");
    await list.getByText("stairs by local").waitFor();

    await live.gateway.close();
    const marked: unknown[] = [];
    const times: number[] = [];
    for (const file of readdirSync(join(recordings, "w01")))
      for await (const item of (await readRecording(join(recordings, "w01", file))).items())
        if (item.type === "marker") {
          marked.push(item.marker.name);
          times.push(item.marker.at);
        }
    expect(marked).toEqual(["cough", "stairs"]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
