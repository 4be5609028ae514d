/** A gateway with a simulated wearer, and its HTTP interface, in a process of their own. Ends with its stdin. */

import { createLog, Gateway, listenSettings, startServer } from "biox-edge/gateway";
import { parse } from "valibot";

const { bundle, listen } = JSON.parse(process.argv[2]);
const gateway = new Gateway(
  {
    gateway: "abused",
    data: ".",
    bundles: { tiny: { path: bundle } },
    wearers: [{ id: "w01", source: "sim:?hr=72&rate=50", bundles: ["tiny"], hop: 0.5, record: false, silence: 30 }],
    log: { level: "error" },
  },
  { log: await createLog("error", "abused") },
);
const server = await startServer(gateway, parse(listenSettings, { port: 0, ...listen }));
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
process.stdin.resume().on("close", async () => {
  await server.close();
  await gateway.close();
  process.exit(0);
});
