import { Command } from "commander";
import { benchCapacityCommand } from "./bench-capacity.js";
import { benchCompareCommand } from "./bench-compare.js";
import { benchDecodeCommand } from "./bench-decode.js";
import { benchKernelCommand } from "./bench-kernel.js";
import { benchLatencyCommand } from "./bench-latency.js";

export function benchCommand(): Command {
  return (
    new Command("bench")
      .description("Measures this machine.")
      // The default in place of options of its own, which would also be taken from behind a subcommand's name.
      .addCommand(benchLatencyCommand(), { isDefault: true })
      .addCommand(benchCompareCommand())
      .addCommand(benchCapacityCommand())
      .addCommand(benchKernelCommand())
      .addCommand(benchDecodeCommand())
      .addHelpText(
        "after",
        `
Examples:
  $ biox bench bundles/demo
  $ biox bench --route wesad-ecg2ppg --out report.json --html report.html
  $ biox bench compare before.json after.json
  $ biox bench capacity bundles/demo --hop 0.1
  $ biox bench kernel --route wesad-ecg2ppg`,
      )
  );
}
