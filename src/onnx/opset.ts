import type { Model } from "./model.js";
import type { OperatorSetIdProto } from "./onnx-ml_pb.js";
import { LATEST_OPSET, OPSET_CHANGES } from "./opset-changes.js";
import { invalid, opsetOf } from "./read.js";
import { everyNode } from "./walk.js";

/** "ai.onnx" is another way to write the default domain. */
export const plainDomain = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

/**
 * Whether an operator of ONNX's own domain means the same at opset `from` and at the newer `to`: whatever a node of the
 * older one says, the newer one understands in the same way. Unknown operators are taken to have changed.
 */
export function sameMeaning(opType: string, from: number, to: number): boolean {
  if (from === to) return true;
  const changes = OPSET_CHANGES[opType];
  if (changes === undefined || to > LATEST_OPSET) return false;
  return !changes.some((version) => version > from && version <= to);
}

/**
 * The operator sets that models need which are to become one graph: of each domain the highest version, where no
 * operator that is used has changed its meaning up to it.
 *
 * @param named models with the names that messages call them
 * @throws BioxError ONNX_INVALID when there is no such version
 */
export function commonOpsets(
  named: readonly { readonly name: string; readonly model: Model }[],
): Pick<OperatorSetIdProto, "domain" | "version">[] {
  const highest = new Map<string, bigint>();
  for (const { model } of named)
    for (const { domain, version } of model.opsetImport) {
      const plain = plainDomain(domain);
      if (version > (highest.get(plain) ?? 0n)) highest.set(plain, version);
    }
  for (const { name, model } of named) {
    requireSameMeaning(name, model, Number(highest.get("") ?? 1n));
    for (const { domain, version } of model.opsetImport)
      if (plainDomain(domain) !== "" && version !== highest.get(domain))
        throw invalid(
          `${name} uses version ${version} of '${domain}', but is to be joined with one of ${highest.get(domain)}`,
        );
  }
  return [...highest].map(([domain, version]) => ({ domain, version }));
}

function requireSameMeaning(name: string, model: Model, to: number): void {
  const from = opsetOf(model);
  for (const { domain, opType } of everyNode(model.graph!))
    if (plainDomain(domain) === "" && !sameMeaning(opType, from, to))
      throw invalid(
        `${name} is of opset ${from}, in which ${opType} does not mean the same as in opset ${to} of what it is to be joined with`,
      );
}
