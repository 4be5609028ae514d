import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { loadBundle } from "../index.js";
import { requireWritable, writeWhole } from "./out-file.js";

/** The bundle that comes with the package. */
const DEMO = fileURLToPath(new URL("../../bundles/demo", import.meta.url));
/** Where the service may write. */
const STATE = "/var/lib/biox";

export function initCommand(): Command {
  return new Command("init")
    .description("Writes a commented configuration for 'biox serve', with the devices that are found at the ports.")
    .argument("[file]", "file to write; never overwritten", "gateway.yaml")
    .option("--no-probe", "ask at no port")
    .addHelpText("after", "\nExamples:\n  $ biox init\n  $ sudo biox init /etc/biox/gateway.yaml")
    .action(init);
}

async function init(file: string, { probe }: { probe: boolean }): Promise<void> {
  await requireWritable(file, "keep");
  const { configText, findWearers } = await import("../gateway/index.js");
  const { manifest } = await loadBundle(DEMO);
  const tell = (path: string): unknown => process.stderr.write(`biox: asking at ${path}\n`);
  const found = probe ? await findWearers(tell) : [];
  const bundle = { name: "demo", path: DEMO, channels: manifest.new.channels };
  const data = dirname(resolve(file)).startsWith("/etc/") ? STATE : "data";
  await writeWhole(file, Buffer.from(configText(found, bundle, data)));
  const devices = found.filter(({ finding }) => finding !== undefined).length;
  process.stdout.write(
    `${file} is written with ${devices > 0 ? `${devices} device(s)` : "a simulated wearer: no device was found"}.\n` +
      `Now: biox serve --check ${file}\n`,
  );
  // A serial driver may keep the event loop alive.
  process.stdout.write("", () => process.exit(0));
}
