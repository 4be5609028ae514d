/** Who uses the live page without a mouse, without sight, or in other colours; and what it must not do: ask others, or break its policy. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "./support/chromium.js";
import { manyWearers } from "./support/fake-gateway.js";
import { LivePage, picture } from "./support/live-page.js";

const built = fileURLToPath(new URL("../dist/web/", import.meta.url));

it("the page is small, and its files ask for no others", () => {
  let [gzip, brotli] = [0, 0];
  for (const name of readdirSync(built)) {
    const body = readFileSync(built + name);
    gzip += gzipSync(body, { level: 9 }).length;
    brotli += brotliCompressSync(body).length;
    // Names of namespaces and of licences are no addresses that are asked for.
    const addresses = body.toString().match(/(?:https?:)?\/\/[a-z][\w.-]*\.[a-z]{2,}[^\s"'`)]*/gi) ?? [];
    expect(
      addresses.filter((address) => !/www\.w3\.org|github\.com\/leeoniya/.test(address)),
      name,
    ).toEqual([]);
  }
  expect(gzip).toBeLessThan(60_000);
  expect(brotli).toBeLessThan(gzip);
  expect(readdirSync(built).sort()).toEqual(["icon.svg", "index.html", "page.css", "page.js"]);
});

/** Elements that can be used but have no name for who does not see them. */
function nameless(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const name = (element: Element): string =>
      element.getAttribute("aria-label") ??
      ([...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent).join("") ||
        element.textContent!.trim());
    const usable = [...document.querySelectorAll("a[href], button, input, select, summary, [role=img]")];
    return usable.filter((element) => name(element) === "").map((element) => element.outerHTML.slice(0, 120));
  });
}

/** Texts whose contrast with what is behind them is below 4.5, or 3 where they are large (WCAG 2.2, 1.4.3), with that contrast. */
function faint(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = [number, number, number, number];
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    const read = (colour: string): Colour => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      return [r!, g!, b!, a! / 255];
    };
    const luminance = ([r, g, b]: Colour): number => {
      const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
    };
    const over = (top: Colour, below: Colour): Colour =>
      [0, 1, 2].map((i) => top[i]! * top[3] + below[i]! * (1 - top[3])).concat(1) as Colour;
    const behind = (element: Element | null): Colour => {
      if (!element) return read("canvas");
      const own = read(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, behind(element.parentElement));
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement!;
      if (!node.textContent!.trim() || !element.checkVisibility() || element.closest(".unseen, script, noscript"))
        continue;
      const style = getComputedStyle(element);
      const ground = behind(element);
      const ink = read(style.color);
      const seen = over([ink[0], ink[1], ink[2], ink[3] * Number(style.opacity)], ground);
      const [light, dark] = [luminance(seen), luminance(ground)].sort((a, b) => b - a);
      const contrast = (light! + 0.05) / (dark! + 0.05);
      const large = Number.parseFloat(style.fontSize) >= 24;
      if (contrast < (large ? 3 : 4.5)) found.push(`${node.textContent!.trim()} ${contrast.toFixed(2)}`);
    }
    return [...new Set(found)];
  });
}

describe.runIf(chromiumPath)("the live page", () => {
  let live: LivePage;
  beforeAll(async () => {
    live = await LivePage.start(manyWearers(12));
  });
  afterAll(() => live?.stop());

  it.each(["", "#/wearer/w01", "#/wearer/w08"])(
    "names its controls, and can be read in light and dark, at /%s",
    async (address) => {
      const page = await live.open(address);
      await page.locator("h1").waitFor();
      await page.getByText(address === "" ? "10 live" : "Samples received").waitFor();
      expect(await page.locator("h1").count()).toBe(1);
      expect(await page.locator("main, header").count()).toBe(2);
      expect(await page.locator("html").getAttribute("lang")).toBe("en");
      const levels = await page
        .locator("h1, h2, h3")
        .evaluateAll((all) =>
          all.filter((heading) => heading.checkVisibility()).map((heading) => Number(heading.tagName[1])),
        );
      for (const [i, level] of levels.entries())
        expect(level - (levels[i - 1] ?? 0), levels.join()).toBeLessThanOrEqual(1);
      expect(await nameless(page)).toEqual([]);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await faint(page), colorScheme).toEqual([]);
      }
      await page.context().close();
    },
  );

  it("can be walked through by keys alone", async () => {
    const page = await live.open();
    await page.getByRole("link", { name: "w12" }).waitFor();
    const focus = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? "");
    await page.keyboard.press("Tab");
    expect(await focus()).toBe("Skip to content");
    for (const _ of [1, 2, 3]) await page.keyboard.press("ArrowDown");
    expect(await focus()).toBe("w03");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Wearer w02" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("heading", { name: "Wearer w03" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("heading", { name: "Wearer w02" }).waitFor();
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Go on", pressed: true }).waitFor();
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Hold", pressed: false }).waitFor();

    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await picture(page, "keys");
    await page.getByLabel("Single keys do something").setChecked(false);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    const marks = live.gateway.messages.filter(({ type }) => type === "marker").length;
    await page.keyboard.press("m");
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "All wearers" }).waitFor();
    // The list goes on where it was left.
    await expect.poll(focus, { timeout: 30_000 }).toBe("w02");
    expect(live.gateway.messages.filter(({ type }) => type === "marker").length).toBe(marks);
    await page.context().close();
  });

  it("shows the focus wherever it goes", async () => {
    const page = await live.open("#/wearer/w01");
    await page.getByRole("img", { name: "Waveform of green" }).waitFor();
    const usable = await page
      .locator("a[href], button, input, select, summary")
      .evaluateAll(
        (all) => all.filter((element) => element.closest("dialog") === null && element.checkVisibility()).length,
      );
    const seen: string[] = [];
    for (let i = 0; i < usable; i++) {
      await page.keyboard.press("Tab");
      seen.push(
        await page.evaluate(() => {
          const element = document.activeElement!;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          const { left, top, width, height } = element.getBoundingClientRect();
          const above = document.elementFromPoint(left + width / 2, top + height / 2);
          const isSeen = above !== null && (element.contains(above) || above.contains(element));
          const name = element.textContent!.trim() || element.getAttribute("aria-label");
          return `${name}: ${outlineStyle} ${outlineWidth}${isSeen ? "" : ", behind something"}`;
        }),
      );
    }
    expect(seen.filter((focus) => !/: (solid 2px|auto \d+px)$/.test(focus))).toEqual([]);
    // Each once: nothing holds the focus, and nothing is left out.
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    await page.context().close();
  });

  it("says politely to screen readers what changes", async () => {
    const page = await live.open();
    await page.getByText("12 wearers, 10 live").waitFor();
    live.gateway.change("w10", "reconnecting", "the port is gone");
    await page.getByRole("log").getByText("w10: reconnecting").waitFor({ state: "attached" });
    expect(await page.getByRole("log").getAttribute("aria-live")).toBe("polite");
    live.gateway.change("w10", "open");
    await page.context().close();
  });

  it("tells in words what its charts show", async () => {
    const page = await live.open("#/wearer/w01");
    const told = (name: string): Promise<string> =>
      page.getByRole("img", { name }).evaluate((chart) => {
        const ids = chart.getAttribute("aria-describedby") ?? "";
        return document.getElementById(ids)?.textContent ?? "";
      });
    await expect
      .poll(() => told("Waveform of green"), { timeout: 30_000 })
      .toMatch(/^The last 10 s of green: from 5[12][\d.]*k to 5[23][\d.]*k counts\.$/);
    await expect
      .poll(() => told("Labels and their probabilities over time"), { timeout: 30_000 })
      .toMatch(/^\d{3} answers: (rest|walking) \d+ %.* of them are not reliable\. The newest is /);
    expect(await told("Pulse rate over time")).toMatch(/^From 5\d to 8\d, now \d\d\.$/);
    expect(await told("Quality over time")).toMatch(/^From 6\d % to 9\d %, now \d\d %\.$/);
    for (const chart of await page.getByRole("img").all())
      expect(await chart.getAttribute("aria-describedby")).toBeTruthy();
    await page.context().close();
  });

  it.each(["no-preference", "reduce"] as const)("draws no more than asked for: motion %s", async (reducedMotion) => {
    const context = await live.context({ reducedMotion });
    const page = await context.newPage();
    await page.addInitScript(() => {
      const { prototype } = CanvasRenderingContext2D;
      const clear = prototype.clearRect;
      const drawn = new Map<string, number>();
      Object.assign(window, { drawn });
      prototype.clearRect = function (...rect) {
        const name = this.canvas.closest("[aria-label]")?.getAttribute("aria-label") ?? "";
        drawn.set(name, (drawn.get(name) ?? 0) + 1);
        clear.apply(this, rect);
      };
    });
    await page.goto(`${live.server.url}/#/wearer/w01`);
    const drawings = (chart: string, pictures: number): Promise<{ drawn: number; seconds: number }> =>
      page.evaluate(
        ([name, count]) =>
          new Promise((resolve) => {
            const { drawn } = window as unknown as { drawn: Map<string, number> };
            const [before, begin] = [drawn.get(name as string) ?? 0, performance.now()];
            let left = count as number;
            const next = (): void => {
              if (--left > 0) requestAnimationFrame(next);
              else
                resolve({
                  drawn: (drawn.get(name as string) ?? 0) - before,
                  seconds: (performance.now() - begin) / 1000,
                });
            };
            next();
          }),
        [chart, pictures] as const,
      );
    await expect
      .poll(async () => (await drawings("Waveform of green", 20)).drawn, { timeout: 30_000 })
      .toBeGreaterThan(0);
    const { drawn, seconds } = await drawings("Waveform of green", 45);
    expect(drawn).toBeLessThanOrEqual(seconds * (reducedMotion === "reduce" ? 1 : 36) + 1);
    // Nobody sees it from here.
    await page.getByRole("heading", { name: "Link", exact: true }).scrollIntoViewIfNeeded();
    await expect.poll(async () => (await drawings("Waveform of green", 10)).drawn, { timeout: 30_000 }).toBe(0);
    await context.close();
  });

  it("has broken no rule of its policy, and asked nobody but its own server", () => {
    expect(live.errors).toEqual([]);
    const { host } = new URL(live.server.url);
    expect(live.requests.length).toBeGreaterThan(10);
    expect(live.requests.filter((address) => new URL(address).host !== host)).toEqual([]);
  });
});
