import { Command } from "commander";
import { type BridgeShape, bridgeFile, type ImportBridgeOptions, importBridge } from "../index.js";
import { printJson, wholePositive } from "./options.js";
import { requireWritable, writeWhole } from "./out-file.js";

interface ImportFlags {
  out: string;
  key?: string;
  a?: string;
  b?: string;
  prototypes?: string;
  tokens?: number;
}

export function importCommand(): Command {
  const bridge = new Command("bridge")
    .description(
      "Reads the weights of a bridge from a PyTorch checkpoint, of which nothing is executed, or from safetensors.",
    )
    .argument("<file>", ".pth, .pt or .safetensors")
    .requiredOption("--out <file>", "bridge.safetensors to write")
    .option("--key <keys>", "dict that holds the tensors, keys joined by dots (default: the only one with a bridge)")
    .option("--a <name>", "tensor of the projection down, A [r, C_in]")
    .option("--b <name>", "tensor of the projection up, B [P*T, r]")
    .option("--prototypes <name>", "tensor of the prototypes [C_out, P]")
    .option("--tokens <n>", "T of the upper half, where the shapes fit in several ways", wholePositive)
    .addHelpText(
      "after",
      `
Examples:
  $ biox import bridge trained.pth --out bridge.safetensors
  $ biox import bridge run.pt --key model.bridge --a w_in --b w_out --prototypes basis --out bridge.safetensors`,
    )
    .action(run);
  return new Command("import")
    .description("Brings in what was made elsewhere.")
    .addCommand(bridge)
    .addHelpText("after", "\nExamples:\n  $ biox import bridge trained.pth --out bridge.safetensors");
}

async function run(path: string, { out, key, a, b, prototypes, tokens }: ImportFlags): Promise<void> {
  await requireWritable(out, "replace");
  const options: ImportBridgeOptions = {
    names: { ...(a && { A: a }), ...(b && { B: b }), ...(prototypes && { prototypes }) },
    ...(key !== undefined && { key }),
    ...(tokens !== undefined && { tokens }),
  };
  const bridge = await importBridge(path, options);
  await writeWhole(out, bridgeFile(bridge));
  if (bridge.others.length > 0)
    process.stderr.write(
      `biox: The shapes also fit as ${bridge.others.map(sizes).join(", or as ")}; --tokens says which is meant.\n`,
    );
  const { shape, names, transposed, source, others } = bridge;
  printJson({ type: "imported", out, key: bridge.key, names, transposed, shape, others, source });
}

function sizes({ tokens, width, prototypes }: BridgeShape): string {
  return `${tokens} tokens of width ${width} from ${prototypes} prototypes`;
}
