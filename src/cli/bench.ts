import { Command } from "commander";
import { benchKernelCommand } from "./bench-kernel.js";

export function benchCommand(): Command {
  return new Command("bench")
    .description("Measures this machine.")
    .addCommand(benchKernelCommand())
    .addHelpText("after", "\nExamples:\n  $ biox bench kernel --route wesad-ecg2ppg");
}
