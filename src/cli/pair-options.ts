import { type Command, InvalidArgumentError } from "commander";
import type { OpenPairsOptions } from "../align/index.js";

/** Options of every command that reads paired windows. */
export interface PairFlags {
  pairs: string;
  newTensor?: string;
  oldTensor?: string;
  splits?: Record<string, number>;
}

export function pairOptions(command: Command): Command {
  return sideOptions(
    command.requiredOption(
      "--pairs <path>",
      "paired windows: safetensors, or a folder of recordings with its pairs.yaml",
    ),
  );
}

/** What tells the sides and splits of pairs apart. */
export function sideOptions(command: Command): Command {
  return command
    .option("--new-tensor <name>", "tensor of the new modality's windows (default: 'new')")
    .option("--old-tensor <name>", "tensor of the old modality's windows (default: 'old')")
    .option("--splits <list>", "what the numbers of tensor 'split' mean: train=0,pair=1,val=2,test=3", splitNames);
}

type SideFlags = { [name in Exclude<keyof PairFlags, "pairs">]?: PairFlags[name] | undefined };

export function pairSettings({ newTensor, oldTensor, splits }: SideFlags): OpenPairsOptions {
  return {
    ...(newTensor === undefined ? {} : { newTensor }),
    ...(oldTensor === undefined ? {} : { oldTensor }),
    ...(splits === undefined ? {} : { splitNames: splits }),
  };
}

function splitNames(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [, name, number] = /^\s*([A-Za-z][\w-]*)\s*=\s*(\d{1,9})\s*$/.exec(part) ?? [];
      if (name === undefined)
        throw new InvalidArgumentError("Expected names and numbers, such as train=0,pair=1,val=2.");
      return [name, Number(number)];
    }),
  );
}
