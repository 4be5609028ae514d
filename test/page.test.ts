/** The live page in Chromium, served by the real server for a gateway that is made up. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createToken } from "../src/server/index.js";
import { chromiumPath } from "./support/chromium.js";
import { manyWearers } from "./support/fake-gateway.js";
import { LivePage, picture } from "./support/live-page.js";

if (!chromiumPath) process.stdout.write("skipped: no chromium\n");

/** Number of columns of a chart in which something of a colour is drawn. */
function inked(page: Page, label: string, colour: string): Promise<number> {
  return page.evaluate(
    ([name, variable]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`[aria-label="${name}"] canvas`)!;
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
      const probe = document.createElement("canvas").getContext("2d")!;
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable!);
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      let columns = 0;
      for (let x = 0; x < width; x++)
        for (let y = 0; y < height; y++) {
          const at = 4 * (y * width + x);
          const distance = Math.abs(data[at]! - r!) + Math.abs(data[at + 1]! - g!) + Math.abs(data[at + 2]! - b!);
          if (data[at + 3]! < 200 || distance > 12) continue;
          columns++;
          break;
        }
      return columns;
    },
    [label, colour],
  );
}

describe.runIf(chromiumPath)("the live page", () => {
  let live: LivePage;
  const pages: Page[] = [];
  const open = async (...args: Parameters<LivePage["open"]>): Promise<Page> => {
    const page = await live.open(...args);
    pages.push(page);
    return page;
  };
  beforeAll(async () => {
    live = await LivePage.start(manyWearers(12));
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
  });
  afterAll(() => live?.stop());

  it("shows all wearers, each with answer, quality, link, age, battery and loss", async () => {
    const page = await open();
    await page.getByRole("row", { name: /^w12 ● ?live|^w12 live/ }).waitFor();
    expect(await page.getByRole("row").count()).toBe(13);
    expect(await page.getByRole("columnheader").allTextContents()).toEqual([
      "Wearer",
      "Link",
      "Answer",
      "Quality",
      "Pulse",
      "Age of data",
      "Battery",
      "Lost",
    ]);
    const cells = (id: string): Promise<string[]> =>
      page
        .getByRole("row", { name: new RegExp(`^${id} `) })
        .getByRole("cell")
        .allInnerTexts();
    const [link, answer, quality, pulse, age, battery] = await cells("w01");
    expect(link).toBe("live");
    expect(answer).toMatch(/^(rest|walking|climbing stairs)\s+(not reliable\s+)?\d+ %$/);
    expect(quality).toMatch(/^\d+ %/);
    expect(pulse).toMatch(/^\d+$/);
    expect(age).toMatch(/^\d+\.\d s$/);
    expect(battery).toBe("86 %");
    expect((await cells("w05"))[0]).toBe("silent\nno sample came for 7 s");
    expect((await cells("w08"))[0]).toBe("waiting for device\nThere is no port of the USB device 10c4:ea60.");
    await page.getByText("Gateway ward-3: 12 wearers, 10 live, 1 silent, 1 waiting for device").waitFor();
    await picture(page, "overview-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "overview-dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await picture(page, "overview-narrow");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it("draws signals as they come, with lost samples, the window, markers and earlier answers", async () => {
    const page = await open("#/wearer/w01");
    await expect.poll(() => inked(page, "Waveform of green", "--line"), { timeout: 30_000 }).toBeGreaterThan(200);
    // Answers of the last ten minutes come over REST, when they come: more than half of five minutes is drawn at once.
    for (const [figure, colour, least] of [
      ["Labels and their probabilities over time", "--label-0", 50],
      ["Labels and their probabilities over time", "--label-1", 50],
      ["Pulse rate over time", "--pulse", 200],
      ["Histogram of total over time", "--heat", 2],
    ] as const)
      await expect.poll(() => inked(page, figure, colour), { timeout: 30_000 }).toBeGreaterThan(least);
    expect(await inked(page, "Waveform of green", "--marker")).toBe(0);

    live.gateway.loseMs = 400;
    await page
      .getByText(/^\d+ of \d+/)
      .filter({ hasNotText: /^0 of/ })
      .first()
      .waitFor();
    live.gateway.mark("w01", "stairs", "nurse");
    await page.getByText("stairs by nurse").waitFor();
    await expect.poll(() => inked(page, "Waveform of green", "--marker"), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => inked(page, "Waveform of green", "--line"), { timeout: 30_000 }).toBeGreaterThan(400);
    await picture(page, "wearer-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(() => inked(page, "Waveform of green", "--line"), { timeout: 30_000 }).toBeGreaterThan(200);
    await picture(page, "wearer-dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => inked(page, "Waveform of green", "--line"), { timeout: 30_000 }).toBeGreaterThan(50);
    await picture(page, "wearer-narrow");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it("marks a moment by its button and by the key M", async () => {
    const page = await open("#/wearer/w02");
    const marked = (): unknown[] =>
      live.gateway.messages.flatMap((message) =>
        message.type === "marker" && message.wearer === "w02" ? [[message.name, message.by]] : [],
      );
    await page.getByLabel("Name of the marker").fill("cough");
    await page.getByRole("button", { name: "Mark" }).click();
    await page.getByText("cough by local").waitFor();
    await page.getByLabel("Name of the marker").fill("");
    await page.getByRole("heading", { name: "w02" }).click();
    await page.keyboard.press("m");
    await page.getByText("marker by local").waitFor();
    expect(marked()).toEqual([
      ["cough", "local"],
      ["marker", "local"],
    ]);
  });

  it("says how to look for a device that is not there, and that a wearer is unknown", async () => {
    const page = await open("#/wearer/w08");
    await page.getByRole("heading", { name: "No device found: here is how to check" }).waitFor();
    await page.getByText("There is no port of the USB device 10c4:ea60.").first().waitFor();
    await picture(page, "no-device");
    await page.goto(`${live.server.url}/#/wearer/nobody`);
    await page.getByRole("heading", { name: "There is no wearer nobody" }).waitFor();
    await picture(page, "no-such-wearer");
    expect(await page.getByRole("button", { name: "Mark" }).count()).toBe(0);
    const marked = (): number =>
      live.gateway.messages.filter(({ type, wearer }) => type === "marker" && wearer === "nobody").length;
    await page.keyboard.press("m");
    // The configuration may name it later.
    live.gateway.fakes.push({ id: "nobody" });
    await page.getByRole("button", { name: "Mark" }).waitFor();
    expect(await page.getByRole("heading", { name: "There is no wearer nobody" }).count()).toBe(0);
    live.gateway.fakes.pop();
    await page.getByRole("heading", { name: "There is no wearer nobody" }).waitFor();
    expect(marked()).toBe(0);
    live.gateway.change("w08", "open");
    await page.goto(`${live.server.url}/#/wearer/w08`);
    await expect.poll(() => inked(page, "Waveform of green", "--line"), { timeout: 30_000 }).toBeGreaterThan(20);
    expect(await page.getByRole("heading", { name: "No device found" }).count()).toBe(0);
  });

  it("says that the gateway is gone, ages, and goes on by itself as it was when it is back", async () => {
    const page = await open("#/wearer/w01");
    await page.getByRole("region", { name: "Signals" }).getByLabel("Show").selectOption("30 s");
    await page.getByLabel("Name of the marker").fill("half a na");
    await page.getByText("Newest answers as a table").click();
    await page.evaluate(() => {
      Object.assign(window, { before: true });
      scrollTo(0, 0);
    });
    await expect.poll(() => inked(page, "Waveform of green", "--line"), { timeout: 30_000 }).toBeGreaterThan(20);
    const { port } = live.server;
    await live.server.close();
    await page.getByText(/The gateway has not answered since \d\d:\d\d:\d\d/).waitFor();
    const age = async (): Promise<number> =>
      Number.parseFloat(await page.locator(".tile", { hasText: "Age of data" }).locator(".value").innerText());
    await expect.poll(age, { timeout: 30_000 }).toBeGreaterThan(2);
    // Signals stay where they were, for as long as one looks at them.
    const still = (): Promise<string> =>
      page.evaluate(() =>
        document.querySelector<HTMLCanvasElement>('[aria-label="Waveform of green"] canvas')!.toDataURL(),
      );
    const stood = await still();
    await expect.poll(age, { timeout: 30_000 }).toBeGreaterThan(3);
    expect(await still()).toBe(stood);
    await picture(page, "gateway-gone");
    await live.serve({ port });
    await page.getByText("connected", { exact: true }).waitFor();
    expect(await page.getByText(/has not answered/).count()).toBe(0);
    await expect.poll(age, { timeout: 30_000 }).toBeLessThan(1);
    await expect.poll(() => inked(page, "Waveform of green", "--line"), { timeout: 30_000 }).toBeGreaterThan(100);
    expect(page.url()).toMatch(/#\/wearer\/w01$/);
    expect(await page.evaluate(() => "before" in window)).toBe(true);
    expect(await page.getByRole("region", { name: "Signals" }).getByLabel("Show").inputValue()).toBe("30");
    expect(await page.getByLabel("Name of the marker").inputValue()).toBe("half a na");
    expect(await page.getByRole("table").getByRole("row").count()).toBe(9);
  });

  it("says what is not to be relied on: old answers, doubtful ones, and windows left out", async () => {
    const page = await open();
    const row = (id: string): Locator => page.getByRole("row", { name: new RegExp(`^${id} `) });
    await row("w05")
      .getByText(/\d s ago$/)
      .waitFor();
    expect(await row("w01").getByText(/ago$/).count()).toBe(0);
    live.gateway.overload("w02", 3);
    await row("w02").getByText("overload: windows left out").waitFor();
    expect(await page.getByText("overload: windows left out").count()).toBe(1);
    await page.getByRole("link", { name: "w02" }).click();
    await page.getByText("some windows of this one are left out").waitFor();
    await page.goto(`${live.server.url}/#/wearer/w05`);
    await page
      .locator(".tile", { hasText: "Answer" })
      .getByText(/^\d+ %.* \d+ s ago$/)
      .waitFor();
  });

  it("says that it is too slow only while it is, and without a number that would be read out again and again", async () => {
    const page = await (await live.context()).newPage();
    pages.push(page);
    let frames = 0;
    let growing = true;
    await page.routeWebSocket(/live$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        if (growing) frames += 10;
        const isStatus = typeof message === "string" && message.startsWith('{"type":"status"');
        // On a busy machine this viewer may be too slow indeed.
        const dropped = `"dropped":{"frames":${frames},"samples":0,"messages":0}`;
        socket.send(isStatus ? message.replace(/"dropped":\{[^}]*\}/, dropped) : message);
      });
    });
    await page.goto(live.server.url);
    const notice = page.locator("#notice");
    await notice.getByText("This viewer is too slow").waitFor();
    expect(await notice.innerText()).not.toMatch(/\d/);
    growing = false;
    await notice.getByText("This viewer is too slow").waitFor({ state: "detached" });
  });

  it("goes through all of it without an error but those of the server that was away", () => {
    expect(live.errors.filter((error) => !/net::ERR_(CONNECTION|SOCKET)_|WebSocket connection to/.test(error))).toEqual(
      [],
    );
  });
});

describe.runIf(chromiumPath)("the live page of a gateway", () => {
  let live: LivePage | undefined;
  const folder = mkdtempSync(join(tmpdir(), "biox-page-"));
  afterEach(() => live?.stop());
  afterAll(() => rmSync(folder, { recursive: true }));

  it("without wearers says what to do", async () => {
    live = await LivePage.start([]);
    const page = await live.open();
    await page.getByRole("heading", { name: "No wearer is configured" }).waitFor();
    await picture(page, "no-wearers");
  });

  it("with more labels than there are colours stripes the others", async () => {
    const labels = Array.from({ length: 10 }, (_, i) => `${["slow", "brisk", "very fast"][i % 3]} gait of kind ${i}`);
    live = await LivePage.start(manyWearers(1), {}, labels);
    const page = await live.open("#/wearer/w01");
    const look = (label: string): Promise<string> =>
      page
        .getByRole("listitem")
        .filter({ hasText: label })
        .evaluate((item) => {
          const { backgroundColor, backgroundImage } = getComputedStyle(item, "::before");
          return `${backgroundColor} ${backgroundImage}`;
        });
    await page.getByRole("listitem").filter({ hasText: labels[9]! }).waitFor();
    const looks = await Promise.all(labels.map(look));
    expect(new Set(looks).size).toBe(labels.length);
    await picture(page, "ten-labels");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280);
  });

  it("with tokens asks for one, says that a wrong one is wrong, and takes a right one", async () => {
    const file = join(folder, "tokens.json");
    const { token } = createToken(file, "ward", ["read", "mark"]);
    live = await LivePage.start(manyWearers(2), { tokens: file });
    const page = await live.open("#/wearer/w01");
    await page.getByRole("heading", { name: "This gateway asks for a token" }).waitFor();
    await picture(page, "token");
    await page.getByLabel("Token", { exact: true }).fill("biox_wrong_token");
    await page.keyboard.press("Enter");
    await page.getByText("The token is wrong, revoked or expired.").waitFor();
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Wearer w01" }).waitFor();
    await page.getByRole("button", { name: "Mark" }).click();
    await page.getByText("marker by ward").waitFor();
    expect(await page.evaluate(() => `${document.cookie}${JSON.stringify(localStorage)}`)).toBe("{}");
  });
});
