// Finds the inner loops of the NEON kernels in the assembly that the shipped sources compile to, so that no kernel has to carry a mark.

// Arithmetic that counts as a kernel's work, four lanes of one vector each.
const MULTIPLY_ADD = /^\s*(fmla|smlal2?)\s+v\d+\.4s/;
const ADD = /^\s*fadd\s+v\d+\.4s/;
const VECTOR_LOAD = /^\s*(ldr|ldp|ldur|ld1r?)\s+[{ ]*[vqd]\d/;

const ON_STACK = /\[sp\b/;

// Each kernel's function by its mangled name, where If, It and Ia are templates of float, uint16_t (binary16) and int8_t. `each` is the
// work of one iteration where another loop of the function does more: the tail of column sums, which GCC makes vectors of, too.
const KERNELS = [
  { kernel: "combine", precision: "float32", symbol: /7CombineIf/, work: MULTIPLY_ADD },
  { kernel: "combine", precision: "float16", symbol: /7CombineIt/, work: MULTIPLY_ADD },
  { kernel: "combine", precision: "int8", symbol: /11CombineInt8E/, work: MULTIPLY_ADD },
  { kernel: "dot", precision: "float32", symbol: /3DotIf/, work: MULTIPLY_ADD },
  { kernel: "dot", precision: "float16", symbol: /3DotIt/, work: MULTIPLY_ADD },
  { kernel: "dot", precision: "int8", symbol: /3DotIa/, work: MULTIPLY_ADD },
  { kernel: "tile", precision: "float32", symbol: /4TileE/, work: MULTIPLY_ADD },
  { kernel: "column sums", precision: "float32", symbol: /10ColumnSumsE/, work: ADD, each: 32 },
  { kernel: "row sum", precision: "float32", symbol: /6RowSumE/, work: ADD },
];

export const KERNEL_NAMES = [...new Set(KERNELS.map(({ kernel }) => kernel))];

/** Functions of an assembly file: their lines by mangled name. */
function functions(assembly) {
  const found = new Map();
  let lines;
  for (const line of assembly.split("\n")) {
    const [, name] = /^(_Z\w+):/.exec(line) ?? [];
    if (name !== undefined) {
      lines = [];
      found.set(name, lines);
    } else if (/^\s*\.size\s/.test(line)) lines = undefined;
    else lines?.push(line);
  }
  return found;
}

/** Loops that hold no other loop: from a label to the branch back to it. */
function innermostLoops(lines) {
  const labels = new Map();
  const loops = [];
  lines.forEach((line, end) => {
    const [, label] = /^(\.L\w+):/.exec(line) ?? [];
    if (label !== undefined) labels.set(label, end);
    const [, target] = /^\s*(?:b|b\.?[a-z]{2}|cbn?z|tbn?z)\s+(?:.*,\s*)?(\.L\w+)\s*$/.exec(line) ?? [];
    if (labels.has(target)) loops.push({ start: labels.get(target), end });
  });
  return loops
    .filter((a) => !loops.some((b) => b !== a && b.start >= a.start && b.end <= a.end))
    .map(({ start, end }) => lines.slice(start, end + 1).filter((line) => !/^\s*\.(?!L)/.test(line)));
}

const count = (lines, pattern) => lines.filter((line) => pattern.test(line)).length;

/**
 * The main loop of each kernel that the assembly has: `{kernel, precision, lines, work, onStack}`. `work` is the multiply-adds, or
 * additions, of one iteration; `onStack` its instructions that use the stack, which none of them should need. The main loop does most of
 * them at once; of several such, as for one, two and four windows together, it is the one that loads most, which is that of one window.
 */
export function kernelLoops(assembly) {
  const all = functions(assembly);
  return KERNELS.flatMap(({ kernel, precision, symbol, work, each }) => {
    const bodies = [...all].filter(([name]) => symbol.test(name)).map(([, lines]) => lines);
    return bodies
      .flatMap(innermostLoops)
      .map((lines) => ({ kernel, precision, lines, work: 4 * count(lines, work), loads: count(lines, VECTOR_LOAD) }))
      .filter((loop) => (each === undefined ? loop.work > 0 : loop.work === each))
      .sort((a, b) => b.work - a.work || b.loads - a.loads)
      .slice(0, 1)
      .map((loop) => ({ ...loop, onStack: count(loop.lines, ON_STACK) }));
  });
}
