import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { listenSettings, type Server, type ServerOptions, startServer } from "../../src/server/index.js";
import { HandMadeGateway } from "./hand-made-gateway.js";

/** Servers and a folder of one test file, to be ended with it. */
export class Serving {
  readonly folder = mkdtempSync(join(tmpdir(), "biox-server-"));
  readonly #servers: Server[] = [];

  /** @param settings of section `listen`; any free port where none is given */
  async start(
    settings: Partial<v.InferInput<typeof listenSettings>> = {},
    options: ServerOptions = {},
    gateway = new HandMadeGateway(),
  ): Promise<Server> {
    const server = await startServer(gateway, v.parse(listenSettings, { port: 0, ...settings }), {
      page: join(this.folder, "no-page"),
      ...options,
    });
    this.#servers.push(server);
    return server;
  }

  async end(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
    rmSync(this.folder, { recursive: true });
  }
}
