import { invalidArgument } from "../errors.js";
import { filePath } from "../paths.js";
import { compilePreparation, type Preparation, parseSteps, type Step } from "../prepare/index.js";
import { type BridgeShape, type BridgeWeights, readBridgeWeights } from "./bridge-weights.js";
import { openBundleFiles } from "./files.js";
import { readChecked } from "./integrity.js";
import { usedFiles, windowSamples } from "./manifest.js";
import type { Manifest } from "./manifest-schema.js";
import { type ProbeWeights, readProbeWeights } from "./probe-weights.js";
import { readManifestBytes } from "./read-manifest.js";
import { readSignature } from "./sign/signature.js";
import { parseTrust, requireTrusted, type Signer, type Trust } from "./sign/trust.js";

/** A bundle in memory: plain data and typed arrays only, so that it can be sent to a worker thread. */
export interface Bundle {
  /** Where it was loaded from. */
  readonly path: string;
  readonly manifest: Manifest;
  /** The checked steps of `manifest.prepare`. */
  readonly steps: readonly Step[];
  /** Raw window: channels, samples per channel, rate in Hz. */
  readonly input: { readonly channels: number; readonly samples: number; readonly rate: number };
  /** What the preparation makes of one raw window; the shape has no batch dimension. */
  readonly prepared: Preparation["output"];
  /** The lower half as an ONNX file. */
  readonly lower: Uint8Array;
  /** The upper half as an ONNX file. */
  readonly upper: Uint8Array;
  readonly weights: BridgeWeights;
  readonly shape: BridgeShape;
  /** The task head, or null when the upper half ends in logits. */
  readonly probe: ProbeWeights | null;
  /** Whether sizes and hashes of the files were checked. */
  readonly verified: boolean;
  /** Who has signed it; undefined where nobody has, and where nothing was checked. */
  readonly signedBy: Signer | undefined;
}

export interface LoadOptions {
  /** Check size and SHA-256 of each file that is read; true by default. Switch it off only while making a bundle. */
  readonly verify?: boolean;
  /** Refuse bundles that none of these keys has signed; without it a bundle needs no signature, but one that it has must fit. */
  readonly trust?: Trust;
}

/**
 * Loads a bundle from a folder or a .tar file and checks all of it but the inside of the ONNX files, which the engine
 * checks when it opens them.
 *
 * @throws BioxError BUNDLE_NOT_FOUND, FILE_UNREADABLE, BUNDLE_INVALID (description), BUNDLE_HASH (altered or
 * incomplete file), BUNDLE_SIGNATURE (not signed by whom it must be, or altered since), BUNDLE_SHAPE (weights that do not fit), FILE_INVALID (broken safetensors), PREPARE_INVALID (steps)
 */
export async function loadBundle(path: string | URL, options: LoadOptions = {}): Promise<Bundle> {
  const verify = options.verify ?? true;
  const trust = options.trust && parseTrust(options.trust);
  if (trust && !verify) throw invalidArgument("verify", "true where trust is given", verify);
  const files = await openBundleFiles(filePath("path", path));
  const { manifest, bytes } = await readManifestBytes(files);
  const signedBy = verify ? requireTrusted(files.path, await readSignature(files, bytes), trust) : undefined;
  const content = new Map<string, Uint8Array>();
  // Of a signed bundle nothing may be another: what it is not run by (golden windows, a licence) is checked with the rest.
  for (const name of signedBy ? Object.keys(manifest.files) : usedFiles(manifest))
    content.set(name, await readChecked(files, name, verify ? manifest.files[name] : undefined));
  const { lower, bridge, upper, probe } = manifest;
  const steps = parseSteps(manifest.prepare);
  const { channels, rate } = manifest.new;
  const input = { channels: channels.length, samples: windowSamples(manifest), rate };
  const { output } = compilePreparation(steps, input);
  return {
    path: files.path,
    manifest,
    steps,
    input,
    prepared: { dtype: output.dtype, shape: [...output.shape] },
    lower: content.get(lower.file)!,
    upper: content.get(upper.file)!,
    ...readBridgeWeights(content.get(bridge.file)!, bridge),
    probe: probe === null ? null : readProbeWeights(content.get(probe.file)!, probe.file, manifest.labels.length),
    verified: verify,
    signedBy,
  };
}
