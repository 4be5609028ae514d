#!/usr/bin/env node
import { Command } from "commander";
import { alignCommand } from "./align.js";
import { benchCommand } from "./bench.js";
import { bundleCommand } from "./bundle.js";
import { unifyComplaints } from "./complaints.js";
import { cutCommand } from "./cut.js";
import { decodeCommand } from "./decode.js";
import { devicesCommand } from "./devices.js";
import { emulateCommand } from "./emulate.js";
import { evalCommand } from "./eval.js";
import { exportCommand } from "./export.js";
import { fail } from "./fail.js";
import { importCommand } from "./import.js";
import { inferCommand } from "./infer.js";
import { initCommand } from "./init.js";
import { inspectCommand } from "./inspect.js";
import { recordCommand } from "./record.js";
import { recordingCommand } from "./recording.js";
import { runCommand } from "./run.js";
import { selectCommand } from "./select.js";
import { serveCommand } from "./serve.js";
import { serviceCommand } from "./service.js";
import { tokenCommand } from "./token.js";
import { version } from "./version.js";
import { workerCommand } from "./worker.js";

const program = new Command("biox")
  .description("Runs bridged biosignal models live on samples of a serial wearable.")
  .version(version)
  .option("--debug", "show where an error came from")
  .addHelpText(
    "after",
    `
Examples:
  $ biox run bundles/demo --from "sim:?script=rest-to-exercise"
  $ biox run my-bundle --from "serial:/dev/ttyUSB0?device=biox" --json
  $ biox inspect my-bundle
Sources: serial:/dev/ttyUSB0?device=biox&baud=115200, replay:FILE?channel=ppg1&rate=125&speed=1, sim:?hr=72`,
  );
for (const command of [
  runCommand,
  inferCommand,
  inspectCommand,
  cutCommand,
  bundleCommand,
  importCommand,
  devicesCommand,
  recordCommand,
  recordingCommand,
  exportCommand,
  evalCommand,
  decodeCommand,
  emulateCommand,
  selectCommand,
  alignCommand,
  initCommand,
  serveCommand,
  serviceCommand,
  benchCommand,
  workerCommand,
  tokenCommand,
])
  program.addCommand(command());
unifyComplaints(program);

// A reader that has enough (`biox run ... | head`) is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.on("unhandledRejection", (error) => fail(error, program.opts().debug));
process.on("uncaughtException", (error) => fail(error, program.opts().debug));

try {
  await program.parseAsync();
} catch (error) {
  fail(error, program.opts().debug);
}
