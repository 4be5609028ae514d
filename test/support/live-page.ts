import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import * as v from "valibot";
import type { GatewayFace } from "../../src/gateway/types.js";
import { type ListenSettings, listenSettings, type Server, startServer } from "../../src/server/index.js";
import { CHROMIUM_ARGS, chromiumPath } from "./chromium.js";
import { FakeGateway, type FakeWearer } from "./fake-gateway.js";

const built = fileURLToPath(new URL("../../dist/web/", import.meta.url));
const pictures = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));

/** The page as built, the real server, a gateway, and a browser that looks at it. */
export class LivePage<Face extends GatewayFace = FakeGateway> {
  private readonly browserErrors: string[] = [];
  private readonly asked: string[] = [];
  server!: Server;

  private constructor(
    readonly gateway: Face,
    private readonly browser: Browser,
  ) {}

  /** Of a gateway that is made up. */
  static async start(
    wearers: FakeWearer[],
    settings: Partial<ListenSettings> = {},
    labels?: readonly string[],
  ): Promise<LivePage> {
    const gateway = new FakeGateway(wearers, labels);
    gateway.remember(600);
    gateway.start();
    return LivePage.of(gateway, settings);
  }

  static async of<Face extends GatewayFace>(
    gateway: Face,
    settings: Partial<ListenSettings> = {},
  ): Promise<LivePage<Face>> {
    const live = new LivePage(gateway, await chromium.launch({ executablePath: chromiumPath!, args: CHROMIUM_ARGS }));
    await live.serve(settings);
    return live;
  }

  /** What went wrong in the browser: errors of scripts, violations of the policy, files that are not there. */
  get errors(): readonly string[] {
    return this.browserErrors;
  }

  /** Every address that the page asked for. */
  get requests(): readonly string[] {
    return this.asked;
  }

  /** Starts the server, anew where it was stopped. */
  async serve(settings: Partial<ListenSettings> = {}): Promise<void> {
    this.server = await startServer(this.gateway, v.parse(listenSettings, { port: 0, ...settings }), { page: built });
  }

  /** Of a visitor who has never been here. */
  context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  }

  async open(address = "", options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await this.context(options)).newPage();
    page.on("pageerror", (error) => this.browserErrors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.browserErrors.push(message.text());
    });
    page.on("request", (request) => this.asked.push(request.url()));
    page.on("websocket", (socket) => this.asked.push(socket.url()));
    page.setDefaultTimeout(30_000);
    await page.goto(`${this.server.url}/${address}`);
    return page;
  }

  async stop(): Promise<void> {
    if (this.gateway instanceof FakeGateway) this.gateway.stop();
    await this.browser.close();
    await this.server.close();
  }
}

/** Keeps what a view looks like, for people to look at: build/screenshots/NAME.png. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}${name}.png`, fullPage: true, animations: "disabled" });
}
