import { attr } from "../../attribute.js";
import type { Emitter } from "../emitter.js";
import type { BackwardCall, Rule } from "../rule.js";
import { sumTo } from "../sum.js";

/** A matrix, or a stack of them, with rows and columns exchanged. */
function flipped(emit: Emitter, x: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return emit.node("Transpose", [x], { perm: attr.ints(perm) });
}

/** Y = A B: dA = G B', dB = A' G. A vector counts as a row on the left and as a column on the right. */
const matmul: Rule = (call, emit) => {
  const [a, b] = [call.input(0), call.input(1)];
  const [rankA, rankB] = [call.rank(a), call.rank(b)];
  const row = rankA === 1 ? emit.unsqueeze(a, [0]) : a;
  const column = rankB === 1 ? emit.unsqueeze(b, [1]) : b;
  let g = call.gradient;
  if (rankB === 1) g = emit.unsqueeze(g, [-1]);
  if (rankA === 1) g = emit.unsqueeze(g, [-2]);
  const toA = () => emit.node("MatMul", [g, flipped(emit, column, Math.max(2, rankB))]);
  const toB = () => emit.node("MatMul", [flipped(emit, row, Math.max(2, rankA)), g]);
  return [
    call.needs(0) ? emit.reshapeLike(sumTo(emit, toA(), row), a) : undefined,
    call.needs(1) ? emit.reshapeLike(sumTo(emit, toB(), column), b) : undefined,
  ];
};

/** Y = alpha A B + beta C, where A and B may be given transposed. */
const gemm: Rule = (call, emit) => {
  const g = call.gradient;
  const [turnedA, turnedB] = [call.int("transA", 0), call.int("transB", 0)];
  const product = (left: string, right: string, transA: number, transB: number) =>
    emit.node("Gemm", [left, right], {
      alpha: attr.float(call.float("alpha", 1)),
      transA: attr.int(transA),
      transB: attr.int(transB),
    });
  const [a, b] = [call.input(0), call.input(1)];
  return [
    call.needs(0) ? (turnedA ? product(b, g, turnedB, 1) : product(g, b, 0, 1 - turnedB)) : undefined,
    call.needs(1) ? (turnedB ? product(g, a, 1, turnedA) : product(a, g, 1 - turnedA, 0)) : undefined,
    call.needs(2) ? sumTo(emit, scaled(emit, call, g), call.input(2)) : undefined,
  ];
};

function scaled(emit: Emitter, call: BackwardCall, g: string): string {
  const beta = call.float("beta", 1);
  return beta === 1 ? g : emit.mul(g, beta);
}

export const PRODUCT: Readonly<Record<string, Rule>> = { MatMul: matmul, Gemm: gemm };
