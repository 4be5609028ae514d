import { create } from "@bufbuild/protobuf";
import type { Functions } from "./functions.js";
import type { Model } from "./model.js";
import { type FunctionProto, type OperatorSetIdProto, OperatorSetIdProtoSchema } from "./onnx-ml_pb.js";
import { plainDomain, sameMeaning } from "./opset.js";
import { everyNode } from "./walk.js";

/** Versions of operators in a model, and whether the bodies of its functions mean the same by them. */
export class Opsets {
  readonly #imports: OperatorSetIdProto[];
  readonly #answers = new Map<FunctionProto, boolean>();

  constructor(
    model: Pick<Model, "opsetImport">,
    private readonly functions: Functions,
  ) {
    this.#imports = [...model.opsetImport];
  }

  /** The model's, with those of domains that only its functions use. */
  imports(): OperatorSetIdProto[] {
    return this.#imports;
  }

  /** Whether a function's nodes can stand in the graph; domains that it brings are then imported. */
  take(called: FunctionProto): boolean {
    let answer = this.#answers.get(called);
    if (answer === undefined) {
      answer = this.#fits(called);
      this.#answers.set(called, answer);
    }
    return answer;
  }

  #fits(called: FunctionProto): boolean {
    const brought = new Map<string, bigint>();
    for (const node of everyNode(called)) {
      const domain = plainDomain(node.domain);
      const own = versionOf(called.opsetImport, domain);
      const there = versionOf(this.#imports, domain) ?? brought.get(domain);
      if (there === undefined) brought.set(domain, own ?? 1n);
      // A call of another function: which version it has is its own affair.
      else if (this.functions.of(node) === undefined && !agree(node.opType, domain, own ?? there, there)) return false;
    }
    for (const [domain, version] of brought) this.#imports.push(create(OperatorSetIdProtoSchema, { domain, version }));
    return true;
  }
}

function versionOf(imports: readonly OperatorSetIdProto[], domain: string): bigint | undefined {
  return imports.find((one) => plainDomain(one.domain) === domain)?.version;
}

function agree(opType: string, domain: string, own: bigint, there: bigint): boolean {
  if (own === there) return true;
  return domain === "" && own < there && sameMeaning(opType, Number(own), Number(there));
}
