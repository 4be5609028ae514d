import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import * as v from "valibot";
import { type ListenSettings, listenSettings, type Server, startServer } from "../../src/server/index.js";
import { CHROMIUM_ARGS, chromiumPath } from "./chromium.js";
import { FakeGateway, type FakeWearer } from "./fake-gateway.js";

const built = fileURLToPath(new URL("../../dist/web/", import.meta.url));
const pictures = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));

/** The page as built, the real server, a gateway that is made up, and a browser that looks at it. */
export class LivePage {
  private readonly browserErrors: string[] = [];
  private readonly asked: string[] = [];
  server!: Server;

  private constructor(
    readonly gateway: FakeGateway,
    private readonly browser: Browser,
  ) {}

  static async start(wearers: FakeWearer[], settings: Partial<ListenSettings> = {}): Promise<LivePage> {
    const live = new LivePage(
      new FakeGateway(wearers),
      await chromium.launch({ executablePath: chromiumPath!, args: CHROMIUM_ARGS }),
    );
    live.gateway.remember(600);
    live.gateway.start();
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

  async open(address = "", options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
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
    this.gateway.stop();
    await this.browser.close();
    await this.server.close();
  }
}

/** Keeps what a view looks like, for people to look at: build/screenshots/NAME.png. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}${name}.png`, fullPage: true, animations: "disabled" });
}
